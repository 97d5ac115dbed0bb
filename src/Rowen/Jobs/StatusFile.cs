using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Rowen.Journals;

namespace Rowen.Jobs;

/// <summary>How far a job is, for those who look: a page that is written in place, so that it costs nothing and fits a full disk.</summary>
/// <remarks>
/// <code>
/// offset  size  field          little-endian
///      0     4  Checksum       CRC-32C of what follows, up to the end of Json
///      4     4  JsonBytes
///      8        Json           <see cref="JobStatus"/>
/// </code>
/// Thread safety: one thread writes.
/// </remarks>
internal sealed class StatusFile : IDisposable
{
    public const int SizeBytes = 4096;

    private const int HeaderBytes = 8;
    private const int MaxReasonLength = 600;

    private readonly SafeFileHandle _file;

    private StatusFile(SafeFileHandle file) => _file = file;

    /// <summary>Makes the file, with its room, and writes it.</summary>
    public static void Create(string path, JobStatus status)
    {
        using FileStream file = PrivateFiles.Create(path);
        file.Write(Encode(status));
        file.Flush(flushToDisk: true);
    }

    public static StatusFile Open(string path) =>
        new(File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite));

    /// <summary>Reads it; null if it is not there or was caught in the middle of a change.</summary>
    public static JobStatus? ReadOrNone(string path)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] page = new byte[SizeBytes];
            return RandomAccess.Read(file, page, 0) == SizeBytes ? Decode(page) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Write(JobStatus status) => RandomAccess.Write(_file, Encode(status), 0);

    public void Dispose() => _file.Dispose();

    private static byte[] Encode(JobStatus status)
    {
        byte[] page = new byte[SizeBytes];
        for (int length = MaxReasonLength; ; length /= 2)
        {
            byte[] json = JobJson.Write(status with { Reason = Cut(status.Reason, length), Name = Cut(status.Name, length), Function = Cut(status.Function, length) });
            if (json.Length <= SizeBytes - HeaderBytes)
            {
                json.CopyTo(page, HeaderBytes);
                BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(4), json.Length);
                BinaryPrimitives.WriteUInt32LittleEndian(page, Checksum.Of(page.AsSpan(4, json.Length + 4)));
                return page;
            }
        }
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : $"{text[..length]} …";

    private static JobStatus? Decode(byte[] page)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(page.AsSpan(4));
        return length is > 0 and <= SizeBytes - HeaderBytes
            && BinaryPrimitives.ReadUInt32LittleEndian(page) == Checksum.Of(page.AsSpan(4, length + 4))
            && JobJson.TryRead(page.AsSpan(HeaderBytes, length), out JobStatus status) ? status : null;
    }
}
