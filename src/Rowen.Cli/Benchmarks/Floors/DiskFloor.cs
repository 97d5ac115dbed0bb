using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>
/// The least that a durable change can cost: one page and one log header written behind the last, then <c>fsync</c>,
/// as SQLite's write-ahead log does at a commit; like it, starts over after a thousand pages.
/// </summary>
internal sealed class DiskFloor : IDisposable
{
    private const int CommitBytes = 4096 + 24;
    private const long WrapBytes = 1000L * CommitBytes;

    private readonly SafeFileHandle _file;
    private readonly byte[] _page = new byte[CommitBytes];
    private long _offset;

    /// <summary>Opens a file that the system removes with the last handle.</summary>
    /// <param name="folder">A folder on the disk that is to be measured.</param>
    public DiskFloor(string folder)
    {
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _file = File.OpenHandle(
            Path.Combine(folder, $"floor-{Environment.ProcessId}"),
            FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        new Random(1).NextBytes(_page);
    }

    public double CommitOnce()
    {
        long startedAt = Stopwatch.GetTimestamp();
        RandomAccess.Write(_file, _page, _offset);
        RandomAccess.FlushToDisk(_file);
        double elapsedUs = Clock.MicrosecondsSince(startedAt);
        _offset = (_offset + CommitBytes) % WrapBytes;
        return elapsedUs;
    }

    public void Dispose() => _file.Dispose();
}
