using Microsoft.Win32.SafeHandles;
using Rowen.Journals;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;

namespace Rowen.Runs;

/// <summary>Reads a run's log, also while it grows: first where each item's record is, then what is asked for.</summary>
/// <remarks>
/// <para>The bytes are taken for hostile: a record is told only if both checksums are right. Behind damage the reader looks for the
/// next record, and counts what it has skipped; a record that is not whole at the end is one that is being written, or was when
/// the writer died.</para>
/// <para>Thread safety: none.</para>
/// </remarks>
internal sealed class RunLogReader : IDisposable
{
    private const int ScanBytes = 64 * 1024;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly RunLogHeader _header;
    private readonly byte[] _buffer = new byte[ScanBytes];
    private long _at = RunLogHeader.SizeBytes;

    /// <summary>Opens a log.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.StorageFailed"/>: it is none.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public RunLogReader(string path)
    {
        _path = path;
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        int count = RandomAccess.Read(_file, _buffer.AsSpan(0, RunLogHeader.SizeBytes), 0);
        if (!RunLogHeader.TryRead(_buffer.AsSpan(0, count), out _header))
        {
            _file.Dispose();
            throw new RowenException(ErrorCode.StorageFailed, $"'{path}' is no log of a run, or its beginning is damaged: nothing in it can be trusted.");
        }
    }

    /// <summary>Bytes that were skipped because they are no records: 0 in a log that is whole.</summary>
    public long SkippedBytes { get; private set; }

    /// <summary>Finds the records that have come since the last call.</summary>
    /// <param name="isOver">Nobody writes any more: what is incomplete stays so.</param>
    /// <returns>Item, and where its record lies, in the order in which they were written.</returns>
    public IEnumerable<RunLogPlace> FindNew(bool isOver)
    {
        long length = RandomAccess.GetLength(_file);
        while (_at < length)
        {
            if (TryReadEntry(_at, length, out RunLogEntry entry))
            {
                yield return new RunLogPlace(entry, _at + RunLogEntry.SizeBytes);
                _at += RunLogEntry.SizeBytes + entry.BodyBytes;
            }
            else if (FindNext(_at + 1, length) is { } next)
            {
                SkippedBytes += next - _at;
                _at = next;
            }
            else
            {
                SkippedBytes += isOver ? length - _at : 0;
                _at = isOver ? length : _at;
                yield break;
            }
        }
    }

    /// <summary>Reads one record.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.StorageFailed"/>: its bytes are damaged.</exception>
    public RunRecord Read(RunLogPlace place)
    {
        byte[] body = new byte[place.Entry.BodyBytes];
        int count = 0;
        for (int read = -1; count < body.Length && read != 0; count += read)
        {
            read = RandomAccess.Read(_file, body.AsSpan(count), place.BodyAt + count);
        }

        return count == body.Length
            && Checksum.Of(body, _header.SaltAt(place.BodyAt - RunLogEntry.SizeBytes)) == place.Entry.BodyChecksum
            && ControlMessage.TryRead(body, out RunRecord record)
                ? record
                : throw new RowenException(
                    ErrorCode.StorageFailed,
                    $"The record of item {place.Entry.Index} in '{_path}', {body.Length} bytes at {place.BodyAt}, is damaged: its checksum differs.");
    }

    public void Dispose() => _file.Dispose();

    /// <summary>An entry counts if its record ends within the file; else it is still being written.</summary>
    private bool TryReadEntry(long at, long length, out RunLogEntry entry)
    {
        Span<byte> bytes = stackalloc byte[RunLogEntry.SizeBytes];
        entry = default;
        return length - at >= RunLogEntry.SizeBytes
            && RandomAccess.Read(_file, bytes, at) == RunLogEntry.SizeBytes
            && RunLogEntry.TryRead(bytes, _header.SaltAt(at), out entry)
            && entry.BodyBytes <= length - at - RunLogEntry.SizeBytes;
    }

    /// <summary>The next place at which a record begins; null if there is none.</summary>
    private long? FindNext(long from, long length)
    {
        for (long at = from; at < length;)
        {
            int count = RandomAccess.Read(_file, _buffer, at);
            int found = _buffer.AsSpan(0, count).IndexOf(RunLogEntry.Magic);
            if (found >= 0 && TryReadEntry(at + found, length, out _))
            {
                return at + found;
            }

            // A magic number may lie across the end of what was read.
            at += found >= 0 ? found + 1 : Math.Max(1, count - (RunLogEntry.Magic.Length - 1));
        }

        return null;
    }
}
