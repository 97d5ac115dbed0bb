using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Rowen.Protocol.Errors;

namespace Rowen.Journals;

/// <summary>Reads a journal from its beginning to the last commit that is whole.</summary>
/// <remarks>
/// The file may grow meanwhile: what came after the opening is not looked at. A torn last frame is no error, because nobody
/// was ever told that it is there; any other unreadable byte is one. Thread safety: one thread.
/// </remarks>
internal sealed class JournalReader : IDisposable
{
    private const int SearchBytes = 1 << 20;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly long _length;
    private byte[] _buffer = new byte[64 << 10];
    private ulong _sequence = 1;

    private JournalReader(SafeFileHandle file, string path, long length, JournalHeader header)
    {
        _file = file;
        _path = path;
        _length = length;
        Header = header;
    }

    public JournalHeader Header { get; }

    /// <summary>Behind the last frame that was read; after all of them, where the next is to be written.</summary>
    public long Position { get; private set; } = JournalHeader.SizeBytes;

    /// <summary>Number of the next frame.</summary>
    public ulong NextSequence => _sequence;

    /// <summary>Bytes behind the last whole frame, left by a process or machine that ended while writing.</summary>
    public long TornBytes { get; private set; }

    /// <summary>Opens a journal, of which another process may be the writer.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.JobDamaged"/>, <see cref="ErrorCode.OtherVersion"/> or <see cref="ErrorCode.StorageFailed"/>.</exception>
    public static JournalReader Open(string path)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            long length = RandomAccess.GetLength(file);
            return new JournalReader(file, path, length, ReadHeader(file, path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new RowenException(ErrorCode.StorageFailed, $"The journal {path} cannot be read: {exception.Message}", exception);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next frame.</summary>
    /// <param name="body">Its records; they change with the next call.</param>
    /// <param name="position">Where the body begins in the file.</param>
    /// <returns>False at the end.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.JobDamaged"/>: what is there was never written like this.</exception>
    public bool TryRead(out ReadOnlyMemory<byte> body, out long position)
    {
        body = default;
        position = Position + JournalFrame.SizeBytes;
        if (Position == _length)
        {
            return false;
        }

        if (ReadFrameOrNone() is { } frame)
        {
            body = _buffer.AsMemory(0, frame.BodyBytes);
            _sequence++;
            Position = position + frame.BodyBytes;
            return true;
        }

        if (FindLaterFrame() is { } later)
        {
            throw Damaged(
                Position, $"commit {_sequence} is unreadable there, though a later one stands at byte {later}: the file was changed, or its disk fails");
        }

        TornBytes = _length - Position;
        return false;
    }

    /// <summary>An error that names the file and a place in it.</summary>
    public RowenException Damaged(long position, string what) => Damaged(_path, position, what);

    public void Dispose() => _file.Dispose();

    private static RowenException Damaged(string path, long position, string what) => new(
        ErrorCode.JobDamaged,
        $"The journal {path} is damaged at byte {position}: {what}. Nothing of it is used, so that no wrong result comes out. Restore the file, or submit the job anew.");

    private static JournalHeader ReadHeader(SafeFileHandle file, string path)
    {
        byte[] bytes = new byte[JournalHeader.SizeBytes];
        int count = ReadFully(file, bytes, 0);
        if (!JournalHeader.TryRead(bytes.AsSpan(0, count), out JournalHeader header))
        {
            throw Damaged(path, 0, "its header is not what Rowen writes");
        }

        return header.Version == JournalHeader.CurrentVersion ? header : throw new RowenException(
            ErrorCode.OtherVersion,
            $"The journal {path} has version {header.Version} of the format; this Rowen reads version {JournalHeader.CurrentVersion}. Use the Rowen that wrote it.");
    }

    private JournalFrame? ReadFrameOrNone()
    {
        Span<byte> head = stackalloc byte[JournalFrame.SizeBytes];
        if (_length - Position < JournalFrame.SizeBytes
            || ReadFully(_file, head, Position) < JournalFrame.SizeBytes
            || !JournalFrame.TryRead(head, Header.Salt, out JournalFrame frame)
            || frame.Sequence != _sequence
            || frame.BodyBytes > _length - Position - JournalFrame.SizeBytes)
        {
            return null;
        }

        if (_buffer.Length < frame.BodyBytes)
        {
            _buffer = new byte[frame.BodyBytes];
        }

        Span<byte> body = _buffer.AsSpan(0, frame.BodyBytes);
        return ReadFully(_file, body, Position + JournalFrame.SizeBytes) == body.Length
            && Checksum.Of(body, Header.Salt) == frame.BodyChecksum ? frame : null;
    }

    /// <summary>Where a frame begins that was written after the one that should be here.</summary>
    private long? FindLaterFrame()
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(SearchBytes + JournalFrame.SizeBytes);
        try
        {
            for (long start = Position + 1; start < _length; start += SearchBytes)
            {
                int wanted = (int)Math.Min(SearchBytes + JournalFrame.SizeBytes, _length - start);
                int count = ReadFully(_file, piece.AsSpan(0, wanted), start);
                if (FindIn(piece.AsSpan(0, count)) is { } found)
                {
                    return start + found;
                }
            }

            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private int? FindIn(ReadOnlySpan<byte> piece)
    {
        int at = 0;
        while (piece[at..].IndexOf(JournalFrame.Magic) is >= 0 and int next)
        {
            at += next;
            if (JournalFrame.TryRead(piece[at..], Header.Salt, out JournalFrame frame) && frame.Sequence > _sequence)
            {
                return at;
            }

            at++;
        }

        return null;
    }

    private static int ReadFully(SafeFileHandle file, Span<byte> bytes, long position)
    {
        int count = 0;
        while (count < bytes.Length && RandomAccess.Read(file, bytes[count..], position + count) is > 0 and int read)
        {
            count += read;
        }

        return count;
    }
}
