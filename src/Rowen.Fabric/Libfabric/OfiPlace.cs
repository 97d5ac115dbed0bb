using System.Buffers.Binary;

namespace Rowen.Fabric.Libfabric;

/// <summary>Where one end of a connection is, as the other needs it to begin.</summary>
/// <remarks>
/// <code>
/// offset  size  field          little-endian
///      0     8  Secret         begins each message that the peer sends through libfabric
///      8     8  ProbeAddress   where the peer's probe goes, as libfabric's operations need it
///     16     8  ProbeKey       libfabric's key of that memory
///     24     n  Address        of the endpoint, as libfabric gave it; at most 256 bytes
/// </code>
/// </remarks>
/// <param name="Secret">64 random bits.</param>
/// <param name="ProbeAddress">Where the probe goes.</param>
/// <param name="ProbeKey">Key of that memory.</param>
/// <param name="Address">libfabric's address.</param>
internal readonly record struct OfiPlace(ulong Secret, ulong ProbeAddress, ulong ProbeKey, byte[] Address)
{
    private const int AddressOffset = 24;
    private const int MaxAddressBytes = 256;

    /// <summary>Size on the wire, in bytes.</summary>
    public int SizeBytes => AddressOffset + Address.Length;

    /// <summary>Only how long the address is; the rest is secret.</summary>
    public override string ToString() => $"an endpoint with an address of {Address.Length} bytes";

    /// <summary>Writes it to the first <see cref="SizeBytes"/> bytes.</summary>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, Secret);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], ProbeAddress);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], ProbeKey);
        Address.CopyTo(target[AddressOffset..]);
    }

    /// <summary>Reads what a peer wrote, to the last byte; never throws on hostile bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out OfiPlace place)
    {
        place = default;
        if (source.Length is <= AddressOffset or > AddressOffset + MaxAddressBytes)
        {
            return false;
        }

        place = new OfiPlace(
            BinaryPrimitives.ReadUInt64LittleEndian(source),
            BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            source[AddressOffset..].ToArray());
        return true;
    }
}
