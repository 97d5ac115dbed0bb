using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Rowen.Journals;
using Rowen.Protocol.ControlMessages;

namespace Rowen.Runs;

/// <summary>Appends what items printed to the one file of a run. Readers may follow.</summary>
/// <remarks>
/// Thread safety: one writer. What was appended outlives this process at once, and the machine once <see cref="Dispose"/> has
/// returned: a log says what was printed, and nothing is decided by it.
/// </remarks>
internal sealed class RunLogWriter : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly RunLogHeader _header = new(BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint))));
    private readonly byte[] _entry = new byte[RunLogEntry.SizeBytes];
    private long _length;

    /// <summary>Makes the file.</summary>
    /// <exception cref="IOException">It is there already, or cannot be made.</exception>
    public RunLogWriter(string path)
    {
        using (FileStream stream = PrivateFiles.Create(path))
        {
            byte[] header = new byte[RunLogHeader.SizeBytes];
            _header.Write(header);
            stream.Write(header);
        }

        _length = RunLogHeader.SizeBytes;
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.Read);
    }

    /// <summary>Adds an item's record.</summary>
    /// <exception cref="IOException">The disk is full, or fails. The file ends with the record before.</exception>
    public void Append(long index, RunRecord record)
    {
        byte[] body = ControlMessage.Write(record);
        uint salt = _header.SaltAt(_length);
        new RunLogEntry(index, body.Length, Checksum.Of(body, salt)).Write(_entry, salt);
        RandomAccess.Write(_file, [_entry, body], _length);
        _length += _entry.Length + body.Length; // only now: what failed half-way is written over
    }

    public void Dispose()
    {
        RandomAccess.FlushToDisk(_file);
        _file.Dispose();
    }
}
