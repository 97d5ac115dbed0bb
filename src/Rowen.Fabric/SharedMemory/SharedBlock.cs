using Microsoft.Win32.SafeHandles;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Fabric.SharedMemory;

/// <summary>A mapped memory file: ours, or one that a peer sent.</summary>
internal sealed unsafe class SharedBlock : IDisposable
{
    private const ulong PageBytes = 4096;
    private readonly bool _isOwned;

    private SharedBlock(SafeFileHandle file, byte* start, ulong lengthBytes, bool isWritable, bool isOwned)
    {
        File = file;
        Start = start;
        LengthBytes = lengthBytes;
        IsWritable = isWritable;
        _isOwned = isOwned;
    }

    public SafeFileHandle File { get; }

    public byte* Start { get; }

    public ulong LengthBytes { get; }

    public bool IsWritable { get; }

    /// <summary>New memory, zeroed.</summary>
    public static SharedBlock Create(ulong lengthBytes)
    {
        ulong whole = (lengthBytes + PageBytes - 1) & ~(PageBytes - 1);
        return Map(MemoryFile.Create(whole), whole, isOwned: true);
    }

    /// <summary>Memory of a peer. Its size is the file's, whatever the peer says.</summary>
    /// <exception cref="IOException">The file is not sealed memory of at least that size.</exception>
    public static SharedBlock Import(SafeFileHandle file, ulong minBytes)
    {
        long lengthBytes = MemoryFile.IsSealed(file) ? RandomAccess.GetLength(file) : 0;
        if (lengthBytes <= 0 || (ulong)lengthBytes < minBytes)
        {
            file.Dispose();
            throw new IOException($"The peer shared {lengthBytes} bytes of usable memory where {minBytes} are needed.");
        }

        return Map(file, (ulong)lengthBytes, isOwned: false);
    }

    /// <summary>Ends the mapping. The owner's end also empties the pages, for peers that still map them.</summary>
    public void Dispose() => End(isEmptied: true);

    /// <summary>The same; isEmptied says whether peers lose it now, or keep what they map.</summary>
    public void End(bool isEmptied)
    {
        if (_isOwned && isEmptied)
        {
            MemoryFile.Empty(Start, LengthBytes);
        }

        MemoryFile.Unmap(Start, LengthBytes);
        File.Dispose();
    }

    private static SharedBlock Map(SafeFileHandle file, ulong lengthBytes, bool isOwned)
    {
        try
        {
            byte* start = MemoryFile.Map(file, lengthBytes, out bool isWritable);
            return new SharedBlock(file, start, lengthBytes, isWritable, isOwned);
        }
        catch (OutOfMemoryException)
        {
            file.Dispose();
            throw;
        }
    }
}
