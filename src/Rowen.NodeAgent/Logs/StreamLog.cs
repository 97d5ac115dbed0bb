using System.Globalization;
using System.Text;

namespace Rowen.NodeAgent.Logs;

/// <summary>One stream of one lease in two files of half the bound each: the newest bytes stay, the oldest half goes.</summary>
/// <remarks>
/// The older file is named by what was dropped before it (<c>out.after-4096</c>), so that the notice survives the agent.
/// A disk that is full drops bytes, never the lease. Thread safety: any thread.
/// </remarks>
internal sealed class StreamLog : IDisposable
{
    private const string AfterMark = ".after-";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly long _halfBytes;
    private readonly Lock _lock = new();
    private FileStream? _file;
    private bool _isClosed;
    private long _droppedBytes;
    private string? _olderPath;

    /// <summary>Creates the log of a stream.</summary>
    /// <param name="path">The file of the newer half; the older one stands beside it.</param>
    /// <param name="maxBytes">Bound of both together.</param>
    public StreamLog(string path, long maxBytes)
    {
        _path = path;
        _halfBytes = Math.Max(1, maxBytes / 2);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            WriteLocked(_isClosed ? [] : bytes);
        }
    }

    /// <summary>Takes nothing any more; bytes that come after are dropped.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            _file?.Dispose();
        }
    }

    /// <summary>Everything that was kept, while the writer waits: a flood turns the files faster than they could be read.</summary>
    public byte[] Read()
    {
        lock (_lock)
        {
            return Read(_path);
        }
    }

    private void WriteLocked(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_file is null || _file.Length >= _halfBytes)
            {
                TurnLocked();
            }

            int count = (int)Math.Min(bytes.Length, _file is null ? bytes.Length : _halfBytes - _file.Length);
            if (!TryWriteLocked(bytes[..count]))
            {
                _droppedBytes += count;
            }

            bytes = bytes[count..];
        }
    }

    /// <summary>Everything that was kept of a stream that has ended, with a first line that says how much was not.</summary>
    /// <param name="path">As given to the constructor.</param>
    public static byte[] Read(string path)
    {
        string? older = FindOlder(path);
        byte[] kept = [.. ReadFile(older), .. ReadFile(path)];
        if (older is null)
        {
            return kept;
        }

        string dropped = older[(path.Length + AfterMark.Length)..];
        int lineEnd = Array.IndexOf(kept, (byte)'\n'); // the first line has lost its beginning
        bool isCut = dropped != "0" && lineEnd >= 0;
        string notice = dropped == "0" ? string.Empty : $"[rowen: the first {dropped} bytes were dropped; the newest are kept]\n";
        return [.. Encoding.UTF8.GetBytes(notice), .. kept.AsSpan(isCut ? lineEnd + 1 : 0)];
    }

    private static string? FindOlder(string path)
    {
        string? folder = Path.GetDirectoryName(path);
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, Path.GetFileName(path) + AfterMark + "*").FirstOrDefault()
            : null;
    }

    private static byte[] ReadFile(string? path)
    {
        if (path is null || !File.Exists(path))
        {
            return [];
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[stream.Length];
        return bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }

    /// <summary>The newer file becomes the older one; the older one goes.</summary>
    private void TurnLocked()
    {
        try
        {
            if (_file is not null)
            {
                _file.Dispose();
                if (_olderPath is not null)
                {
                    _droppedBytes += new FileInfo(_olderPath).Length;
                    File.Delete(_olderPath);
                }

                _olderPath = string.Create(CultureInfo.InvariantCulture, $"{_path}{AfterMark}{_droppedBytes}");
                File.Move(_path, _olderPath, overwrite: true);
            }

            Directory.CreateDirectory(Path.GetDirectoryName(_path)!, OwnerOnly | UnixFileMode.UserExecute);
            _file = new FileStream(_path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                Share = FileShare.Read | FileShare.Delete,
                BufferSize = 0, // whoever asks for the log sees what was printed
                UnixCreateMode = OwnerOnly,
            });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _file = null; // tried again with the next bytes
        }
    }

    private bool TryWriteLocked(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _file?.Write(bytes);
            return _file is not null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
