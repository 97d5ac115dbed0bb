using Microsoft.Win32.SafeHandles;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>
/// Nameless memory that two processes of one user map, without any protocol: what the <c>shm</c> provider stands on,
/// and what it is measured against. Thread safety: as the bytes themselves.
/// </summary>
public sealed unsafe class SharedPages : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly int _lengthBytes;
    private byte* _start;

    private SharedPages(SafeFileHandle file, int lengthBytes)
    {
        _file = file;
        _lengthBytes = lengthBytes;
        _start = MemoryFile.Map(file, (ulong)lengthBytes, out _);
    }

    /// <summary>Where another process of this user opens the pages, as long as this one holds them.</summary>
    public string Path => $"/proc/{Environment.ProcessId}/fd/{_file.DangerousGetHandle()}";

    /// <summary>The bytes, page-aligned; invalid once the pages were disposed.</summary>
    /// <exception cref="ObjectDisposedException">They were.</exception>
    public Span<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_start is null, this);
            return new Span<byte>(_start, _lengthBytes);
        }
    }

    /// <summary>Reserves zeroed pages.</summary>
    /// <param name="lengthBytes">How many bytes; all are touched at once.</param>
    /// <returns>Pages that the caller disposes.</returns>
    /// <exception cref="InsufficientMemoryException">The system refused.</exception>
    public static SharedPages Create(int lengthBytes) => new(MemoryFile.Create((ulong)lengthBytes), lengthBytes);

    /// <summary>Maps the pages of another process.</summary>
    /// <param name="path">Its <see cref="Path"/>.</param>
    /// <param name="lengthBytes">The size with which it created them.</param>
    /// <returns>Pages that the caller disposes.</returns>
    /// <exception cref="IOException">There are none, or fewer.</exception>
    public static SharedPages Open(string path, int lengthBytes)
    {
        SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (RandomAccess.GetLength(file) >= lengthBytes)
        {
            return new SharedPages(file, lengthBytes);
        }

        file.Dispose();
        throw new IOException($"{path} holds fewer than {lengthBytes} bytes.");
    }

    /// <summary>Sleeps while a 32-bit word has a value. May return without reason: look again.</summary>
    /// <param name="word">A word of these pages.</param>
    /// <param name="value">While it has this value.</param>
    /// <param name="timeout">Bound of the sleep.</param>
    public static void WaitWhile(ref int word, int value, TimeSpan timeout)
    {
        fixed (int* address = &word)
        {
            Futex.Wait(address, value, timeout);
        }
    }

    /// <summary>Wakes one sleeper of a word.</summary>
    /// <param name="word">A word of these pages.</param>
    public static void WakeOne(ref int word)
    {
        fixed (int* address = &word)
        {
            Futex.WakeOne(address);
        }
    }

    /// <summary>Unmaps the pages; the memory goes with the last process that maps them.</summary>
    public void Dispose()
    {
        if (_start is not null)
        {
            MemoryFile.Unmap(_start, (ulong)_lengthBytes);
            _start = null;
        }

        _file.Dispose();
    }
}
