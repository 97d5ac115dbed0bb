using System.Runtime.CompilerServices;

namespace Rowen.Fabric.Memory;

/// <summary>Memory of a peer, as it travels between the two: a key and a size. The key is a capability: never log it.</summary>
/// <param name="Key">64 random bits; zero means "no memory".</param>
/// <param name="LengthBytes">Size of the block.</param>
public readonly record struct RemoteBlock(ulong Key, ulong LengthBytes)
{
    /// <summary>The size only; the key is a secret.</summary>
    public override string ToString() => $"remote memory of {LengthBytes} bytes";

    /// <summary>Refuses a range that leaves the block as it was described to us; the peer checks it again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void CheckRange(ulong offset, ulong lengthBytes)
    {
        if (offset > LengthBytes || lengthBytes > LengthBytes - offset)
        {
            ThrowRange(offset, lengthBytes);
        }
    }

    private void ThrowRange(ulong offset, ulong lengthBytes) => throw new ArgumentOutOfRangeException(
        nameof(offset), $"Bytes {offset} to {offset}+{lengthBytes} leave {this}.");
}
