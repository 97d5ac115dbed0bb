using System.Runtime.CompilerServices;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Fabric.Memory;

/// <summary>Page-aligned memory outside the garbage collector's heap, which a fabric reads and writes without asking.</summary>
/// <remarks>
/// <para>Registration pins pages and costs tens of microseconds to milliseconds: register once, slice often.</para>
/// <para>Misuse fails loudly: use after it was given back, and giving it back twice, throw; what was never given back
/// shows in <see cref="FabricEndpoint.OutstandingMemoryCount"/>.</para>
/// <para>Thread safety: slicing is safe from any thread; <see cref="Return"/> comes from the owner, after the last
/// completion that refers to the block.</para>
/// </remarks>
public sealed unsafe class RegisteredMemory
{
    private readonly Action<RegisteredMemory> _giveBack;
    private int _isReturned;
    private bool _isLeft;

    internal RegisteredMemory(
        FabricEndpoint owner, byte* start, ulong lengthBytes, ulong key, MemoryAccess access, Action<RegisteredMemory> giveBack)
    {
        Owner = owner;
        Start = start;
        LengthBytes = lengthBytes;
        Key = key;
        Access = access;
        _giveBack = giveBack;
    }

    /// <summary>Size of the block, in bytes.</summary>
    public ulong LengthBytes { get; }

    /// <summary>What peers may do with it.</summary>
    public MemoryAccess Access { get; }

    /// <summary>What a peer needs to name this memory. Worth nothing before <see cref="FabricConnection.Share"/>.</summary>
    public RemoteBlock Descriptor => new(Key, LengthBytes);

    internal FabricEndpoint Owner { get; }

    internal byte* Start { get; }

    internal ulong Key { get; }

    /// <summary>Whether peers that map it go on reading what it holds.</summary>
    internal bool IsLeft => _isLeft;

    internal bool IsReturned => Volatile.Read(ref _isReturned) != 0;

    /// <summary>A window on the bytes; invalid once the block was given back.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="lengthBytes">How many bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the block.</exception>
    /// <exception cref="ObjectDisposedException">The block was given back.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Slice(ulong offset, int lengthBytes)
    {
        CheckRange(offset, (ulong)(uint)lengthBytes);
        return new Span<byte>(Start + offset, lengthBytes);
    }

    /// <summary>Address of a byte, for code that hands it to native functions.</summary>
    /// <param name="offset">Position of the byte.</param>
    /// <param name="lengthBytes">How many bytes from there must lie within the block.</param>
    /// <returns>The address.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the block.</exception>
    /// <exception cref="ObjectDisposedException">The block was given back.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint AddressOf(ulong offset, ulong lengthBytes)
    {
        CheckRange(offset, lengthBytes);
        return (nint)(Start + offset);
    }

    /// <summary>Begins to bring a cache line in, where the processor can; changes nothing.</summary>
    /// <param name="offset">Position of a byte in it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(ulong offset) => CacheLine.Prefetch(Start + offset);

    /// <summary>Makes whole pages untouchable for this process: whoever runs into them dies instead of corrupting others.</summary>
    /// <param name="offset">First byte, a multiple of 4096.</param>
    /// <param name="lengthBytes">How many bytes, a multiple of 4096.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the block.</exception>
    /// <exception cref="IOException">The system refused.</exception>
    public void Guard(ulong offset, ulong lengthBytes)
    {
        CheckRange(offset, lengthBytes);
        OperatingSystem.MemoryFile.Forbid(Start + offset, lengthBytes);
    }

    /// <summary>Brings pages in now, so that no later use waits for the kernel or finds the machine full. Takes about 0.3 ms per MiB.</summary>
    /// <param name="offset">First byte, a multiple of 4096.</param>
    /// <param name="lengthBytes">How many bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the block.</exception>
    /// <exception cref="OutOfMemoryException">The machine has not that much left.</exception>
    public void Commit(ulong offset, ulong lengthBytes)
    {
        CheckRange(offset, lengthBytes);
        OperatingSystem.PageCommitment.Commit(Start + offset, lengthBytes);
    }

    /// <summary>Gives the block back to its endpoint.</summary>
    /// <exception cref="InvalidOperationException">It was given back before.</exception>
    public void Return()
    {
        if (Interlocked.Exchange(ref _isReturned, 1) != 0)
        {
            throw new InvalidOperationException(
                $"Registered memory of {LengthBytes} bytes was given back twice: two owners each think that it is theirs.");
        }

        _giveBack(this);
    }

    /// <summary>The same, and leaves what it holds to peers that map it still: its pages are free once none does.</summary>
    /// <exception cref="InvalidOperationException">It was given back before.</exception>
    public void Leave()
    {
        _isLeft = true;
        Return();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void CheckRange(ulong offset, ulong lengthBytes)
    {
        if (offset > LengthBytes || lengthBytes > LengthBytes - offset || _isReturned != 0)
        {
            ThrowMisuse(offset, lengthBytes);
        }
    }

    private void ThrowMisuse(ulong offset, ulong lengthBytes)
    {
        ObjectDisposedException.ThrowIf(_isReturned != 0, this);
        throw new ArgumentOutOfRangeException(
            nameof(offset), $"Bytes {offset} to {offset}+{lengthBytes} leave registered memory of {LengthBytes} bytes.");
    }
}
