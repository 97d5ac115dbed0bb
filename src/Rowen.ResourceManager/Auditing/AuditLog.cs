using System.Globalization;
using Rowen.Protocol;
using Rowen.Protocol.Audits;

namespace Rowen.ResourceManager.Auditing;

/// <summary>Who did what when: a file that is only ever appended to, a JSON object a line, and some older ones beside it.</summary>
/// <remarks>
/// An entry is in the kernel's hands when <see cref="Write"/> returns: it survives the end of the manager, however that comes about, but
/// perhaps not that of the machine. What cannot be written stops nothing; how much that was is written when it can. Thread safety: any thread.
/// </remarks>
internal sealed class AuditLog : IDisposable
{
    /// <summary>The most that one question is answered with.</summary>
    public const int MaxRead = 10_000;

    private readonly string _path;
    private readonly AuditOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private FileStream? _file;
    private long _lostCount;

    public AuditLog(string path, AuditOptions options, TimeProvider time, ILogger<AuditLog> logger)
    {
        _path = path;
        _options = options;
        _time = time;
        _logger = logger;
    }

    /// <summary>Adds an entry, with the time of now.</summary>
    public void Write(AuditEntry entry)
    {
        lock (_lock)
        {
            try
            {
                if (_lostCount > 0)
                {
                    AppendLocked(new AuditEntry
                    {
                        Event = AuditEvent.EntriesLost,
                        What = string.Create(CultureInfo.InvariantCulture, $"{_lostCount} entries could not be written"),
                    });
                    _lostCount = 0;
                }

                AppendLocked(entry);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                LoseLocked(exception);
            }
        }
    }

    /// <summary>The newest entries since a moment, oldest first. What is no entry is passed over.</summary>
    public AuditEntry[] Read(DateTimeOffset since)
    {
        var newest = new Queue<AuditEntry>();
        foreach (string path in Paths().Reverse().Where(File.Exists))
        {
            foreach (string line in ReadLines(path))
            {
                if (ProtocolJson.TryRead(System.Text.Encoding.UTF8.GetBytes(line), out AuditEntry entry) && entry.At >= since)
                {
                    newest.Enqueue(entry);
                    if (newest.Count > MaxRead)
                    {
                        newest.Dequeue();
                    }
                }
            }
        }

        return [.. newest];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    /// <summary>While we read, another thread may rename it, or write to it.</summary>
    private static IEnumerable<string> ReadLines(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private void AppendLocked(AuditEntry entry)
    {
        byte[] line = [.. ProtocolJson.Write(entry with { At = _time.GetUtcNow() }), (byte)'\n'];
        if (_file is { } full && full.Length + line.Length > _options.MaxFileBytes)
        {
            RotateLocked();
        }

        _file ??= OpenLocked();
        _file.Write(line);
    }

    private FileStream OpenLocked()
    {
        var file = new FileStream(_path, new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0, // each entry by itself, and at once
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        if (file.Length > 0)
        {
            file.WriteByte((byte)'\n'); // the last line may be half a line
        }

        return file;
    }

    private void RotateLocked()
    {
        _file?.Dispose();
        _file = null;
        string[] paths = [.. Paths()];
        for (int i = paths.Length - 1; i > 0; i--)
        {
            if (File.Exists(paths[i - 1]))
            {
                File.Move(paths[i - 1], paths[i], overwrite: true);
            }
        }
    }

    private void LoseLocked(Exception exception)
    {
        if (_lostCount++ == 0)
        {
            AuditMessages.CannotWrite(_logger, _path, exception.Message);
        }

        _file?.Dispose();
        _file = null;
    }

    /// <summary>The file that is written, then the older ones.</summary>
    private IEnumerable<string> Paths() =>
        Enumerable.Range(0, _options.MaxOldFiles + 1).Select(age => age == 0 ? _path : string.Create(CultureInfo.InvariantCulture, $"{_path}.{age}"));
}
