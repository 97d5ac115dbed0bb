using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Rowen.Protocol.Errors;

namespace Rowen.Journals;

/// <summary>Appends records and makes them durable, many with one fsync: while one commit is on its way, the next gathers.</summary>
/// <remarks>
/// Thread safety: any thread appends; one process at a time may write a journal, for which the caller holds a lock. After a
/// failed write nothing more is written: every call throws what failed, and the next opening cuts what was torn.
/// </remarks>
internal sealed class JournalWriter : IDisposable
{
    /// <summary>How long a commit gathers unless somebody waits for it: a parallel file system is spared, and nobody sees it.</summary>
    public static readonly TimeSpan GatheringPeriod = TimeSpan.FromMilliseconds(10);

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int FirstBufferBytes = 64 << 10;
    private const int MaxGatheredBytes = 4 << 20;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly uint _salt;
    private readonly Thread _thread;
    private readonly SemaphoreSlim _hasWork = new(0, 1);
    private readonly SemaphoreSlim _isUrgent = new(0, 1);
    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiters = [];
    private byte[] _gathering = new byte[FirstBufferBytes];
    private byte[] _writing = new byte[FirstBufferBytes];
    private int _gathered = JournalFrame.SizeBytes;
    private long _appended;
    private long _durable;
    private long _position;
    private ulong _sequence;
    private bool _isEnding;
    private RowenException? _failure;

    private JournalWriter(SafeFileHandle file, string path, uint salt, long position, ulong sequence)
    {
        _file = file;
        _path = path;
        _salt = salt;
        _position = position;
        _sequence = sequence;
        _thread = new Thread(Run) { IsBackground = true, Name = "journal" };
        _thread.Start();
    }

    /// <summary>Whether so much waits for the disk that whoever appends should await <see cref="CommitAsync"/>.</summary>
    public bool IsBehind
    {
        get
        {
            lock (_lock)
            {
                return _gathered >= MaxGatheredBytes;
            }
        }
    }

    /// <summary>Called before each commit, on the journal's thread: makes durable what records of this commit point to.</summary>
    public Action? FlushFirst { get; set; }

    /// <summary>Whether a write has failed: nothing will be durable any more.</summary>
    public bool HasFailed
    {
        get
        {
            lock (_lock)
            {
                return _failure is not null;
            }
        }
    }

    /// <summary>Commits so far.</summary>
    public long CommitCount { get; private set; }

    /// <summary>Where the next commit will begin: all that the file holds.</summary>
    public long PositionBytes => Volatile.Read(ref _position);

    /// <summary>Makes a journal that is not there yet, readable by this user only.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.StorageFailed"/>.</exception>
    public static JournalWriter Create(string path, ulong number)
    {
        uint salt = BinaryPrimitives.ReadUInt32LittleEndian(RandomNumberGenerator.GetBytes(sizeof(uint)));
        return Create(path, new JournalHeader(JournalHeader.CurrentVersion, number, salt));
    }

    internal static JournalWriter Create(string path, JournalHeader header)
    {
        try
        {
            using (FileStream file = new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
            {
                byte[] bytes = new byte[JournalHeader.SizeBytes];
                header.Write(bytes);
                file.Write(bytes);
            }

            return new JournalWriter(OpenForWriting(path), path, header.Salt, JournalHeader.SizeBytes, sequence: 1);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed(path, exception);
        }
    }

    /// <summary>Goes on behind what a reader has read to the end; what is torn behind it is cut off.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.StorageFailed"/>.</exception>
    public static JournalWriter Continue(string path, JournalReader readToEnd)
    {
        SafeFileHandle? file = null;
        try
        {
            file = OpenForWriting(path);
            if (RandomAccess.GetLength(file) > readToEnd.Position)
            {
                RandomAccess.SetLength(file, readToEnd.Position);
                RandomAccess.FlushToDisk(file);
            }

            return new JournalWriter(file, path, readToEnd.Header.Salt, readToEnd.Position, readToEnd.NextSequence);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw Failed(path, exception);
        }
    }

    /// <summary>Adds a record; it is durable when a later <see cref="CommitAsync"/> has ended.</summary>
    /// <param name="kind">What it says.</param>
    /// <param name="head">The beginning of its body.</param>
    /// <param name="tail">The rest of it.</param>
    /// <exception cref="RowenException">An earlier write failed.</exception>
    /// <exception cref="InvalidOperationException">The disk is too far behind: <see cref="IsBehind"/> was not heeded.</exception>
    public void Append(ushort kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail = default)
    {
        int length = head.Length + tail.Length;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, JournalRecord.MaxBodyBytes);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isEnding, this);
            ThrowIfFailedLocked();
            Span<byte> room = ReserveLocked(JournalRecord.HeaderBytes + length);
            JournalRecord.WriteHeader(room, kind, length);
            head.CopyTo(room[JournalRecord.HeaderBytes..]);
            tail.CopyTo(room[(JournalRecord.HeaderBytes + head.Length)..]);
            _appended++;
            Release(_hasWork);
            if (_gathered >= MaxGatheredBytes)
            {
                Release(_isUrgent);
            }
        }
    }

    /// <summary>Ends when everything that was appended is on the disk.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.StorageFailed"/>: it is not, and will not be.</exception>
    public Task CommitAsync()
    {
        lock (_lock)
        {
            ThrowIfFailedLocked();
            if (_durable == _appended)
            {
                return Task.CompletedTask;
            }

            var waiter = new Waiter(_appended);
            _waiters.Add(waiter);
            Release(_isUrgent);
            return waiter.Task;
        }
    }

    /// <summary>Writes what is left, if that is possible, and closes the file.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isEnding)
            {
                return;
            }

            _isEnding = true;
            Release(_hasWork);
            Release(_isUrgent);
        }

        _thread.Join();
        _file.Dispose();
        _hasWork.Dispose();
        _isUrgent.Dispose();
    }

    /// <summary>Writes what is left and closes the file.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.StorageFailed"/>: not everything is on the disk.</exception>
    public void Close()
    {
        Dispose();
        lock (_lock)
        {
            ThrowIfFailedLocked();
        }
    }

    private static SafeFileHandle OpenForWriting(string path) => File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

    private static RowenException Failed(string path, Exception cause) => new(
        ErrorCode.StorageFailed,
        $"The journal {path} could not be written: {cause.Message} What it holds is safe. Make room there, or mend the disk, then `rowen resume` the job.",
        cause);

    private static void Release(SemaphoreSlim semaphore)
    {
        if (semaphore.CurrentCount == 0)
        {
            semaphore.Release(); // under the lock: nobody else releases meanwhile
        }
    }

    private Span<byte> ReserveLocked(int bytes)
    {
        if (_gathered + bytes > JournalFrame.MaxBodyBytes)
        {
            throw new InvalidOperationException($"More than {JournalFrame.MaxBodyBytes} bytes wait for the disk: whoever appends must heed IsBehind.");
        }

        if (_gathering.Length - _gathered < bytes)
        {
            Array.Resize(ref _gathering, Math.Max(2 * _gathering.Length, _gathered + bytes));
        }

        Span<byte> room = _gathering.AsSpan(_gathered, bytes);
        _gathered += bytes;
        return room;
    }

    private void ThrowIfFailedLocked()
    {
        if (_failure is not null)
        {
            throw new RowenException(_failure.Code, _failure.Message, _failure);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever fails here is told to whoever appends or waits.")]
    private void Run()
    {
        try
        {
            while (true)
            {
                _hasWork.Wait();
                _isUrgent.Wait(GatheringPeriod);
                if (!CommitOnce())
                {
                    return;
                }
            }
        }
        catch (Exception exception)
        {
            Fail(Failed(_path, exception));
        }
    }

    /// <returns>False at the end.</returns>
    private bool CommitOnce()
    {
        long upTo;
        int length;
        bool isEnding;
        lock (_lock)
        {
            (_gathering, _writing) = (_writing, _gathering);
            length = _gathered;
            _gathered = JournalFrame.SizeBytes;
            upTo = _appended;
            isEnding = _isEnding;
        }

        if (length > JournalFrame.SizeBytes)
        {
            Write(_writing.AsSpan(0, length));
            TellWaiters(upTo);
        }

        return !isEnding;
    }

    private void Write(Span<byte> bytes)
    {
        FlushFirst?.Invoke();
        Span<byte> body = bytes[JournalFrame.SizeBytes..];
        new JournalFrame(_sequence, body.Length, Checksum.Of(body, _salt)).Write(bytes, _salt);
        RandomAccess.Write(_file, bytes, _position);
        RandomAccess.FlushToDisk(_file);
        _sequence++;
        CommitCount++;
        Volatile.Write(ref _position, _position + bytes.Length);
    }

    private void TellWaiters(long upTo)
    {
        Waiter[] served;
        lock (_lock)
        {
            _durable = upTo;
            served = [.. _waiters.Where(waiter => waiter.UpTo <= upTo)];
            _waiters.RemoveAll(waiter => waiter.UpTo <= upTo);
        }

        Array.ForEach(served, waiter => waiter.TrySetResult());
    }

    private void Fail(RowenException failure)
    {
        Waiter[] disappointed;
        lock (_lock)
        {
            _failure = failure;
            disappointed = [.. _waiters];
            _waiters.Clear();
        }

        Array.ForEach(disappointed, waiter => waiter.TrySetException(failure));
    }

    private sealed class Waiter(long upTo) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long UpTo { get; } = upTo;
    }
}
