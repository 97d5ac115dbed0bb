using Microsoft.Win32.SafeHandles;
using Rowen.Journals;
using Rowen.Protocol.Errors;

namespace Rowen.Jobs;

/// <summary>Results that are too large for the journal, one behind the other. Thread safety: one thread.</summary>
internal sealed class ResultFile : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private long _length;
    private volatile bool _isDirty;
    private volatile bool _hasFailed;

    private ResultFile(string path, SafeFileHandle file)
    {
        _path = path;
        _file = file;
        _length = RandomAccess.GetLength(file); // what a lost process left behind the last result stays there, unused
    }

    /// <summary>Whether a write has failed.</summary>
    public bool HasFailed => _hasFailed;

    /// <summary>Opens the file for writing, and makes it if it is not there.</summary>
    public static ResultFile OpenForWriting(string path)
    {
        PrivateFiles.Open(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read).Dispose();
        return new ResultFile(path, File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite));
    }

    public static ResultFile OpenForReading(string path)
    {
        try
        {
            return new ResultFile(path, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RowenException(ErrorCode.JobDamaged, $"The results {path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Writes a result; it is durable after the next <see cref="Flush"/>.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.StorageFailed"/>.</exception>
    public ResultPlace Add(ReadOnlySpan<byte> result)
    {
        try
        {
            var place = new ResultPlace(_length, result.Length, Checksum.Of(result));
            RandomAccess.Write(_file, result, _length);
            _length += result.Length;
            _isDirty = true;
            return place;
        }
        catch (IOException exception)
        {
            _hasFailed = true;
            throw new RowenException(
                ErrorCode.StorageFailed,
                $"A result of {result.Length} bytes could not be written to {_path}: {exception.Message} Make room there, then `rowen resume` the job.",
                exception);
        }
    }

    /// <summary>Makes all results durable. Any thread.</summary>
    public void Flush()
    {
        if (_isDirty)
        {
            _isDirty = false;
            RandomAccess.FlushToDisk(_file);
        }
    }

    /// <exception cref="RowenException"><see cref="ErrorCode.JobDamaged"/>: the bytes there are not the result.</exception>
    public byte[] Read(ResultPlace place)
    {
        byte[] result = new byte[place.Bytes <= _length ? place.Bytes : 0];
        int count = 0;
        while (count < result.Length && RandomAccess.Read(_file, result.AsSpan(count), place.Position + count) is > 0 and int read)
        {
            count += read;
        }

        return count == place.Bytes && Checksum.Of(result) == place.Checksum ? result : throw new RowenException(
            ErrorCode.JobDamaged, $"The results {_path} are damaged at byte {place.Position}: what is there is no result. Restore the file, or rerun the job.");
    }

    public void Dispose() => _file.Dispose();
}
