using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Rowen.Journals;
using Rowen.Protocol.Errors;

namespace Rowen.Jobs;

/// <summary>The items of a job as a file of its own: what was submitted stays, whatever becomes of the file that it came from.</summary>
/// <remarks>
/// <code>
/// of each item   4  bytes, little-endian, at most 64 MiB
///                   they
/// </code>
/// </remarks>
internal static class ItemFile
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Writes all items and makes them durable.</summary>
    /// <returns>How many there are, and the SHA-256 of the file.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.InputTooLarge"/>: too many items, or too large a one.</exception>
    public static (long Count, string Hash) Write(string path, IEnumerable<ReadOnlyMemory<byte>> items)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream file = PrivateFiles.Create(path);
        using var buffered = new BufferedStream(file, BufferBytes);
        byte[] length = new byte[sizeof(int)];
        long count = 0;
        foreach (ReadOnlyMemory<byte> item in items)
        {
            if (item.Length > JobLimits.MaxItemBytes || count == JobLimits.MaxItemCount)
            {
                throw new RowenException(
                    ErrorCode.InputTooLarge,
                    item.Length > JobLimits.MaxItemBytes
                        ? $"Item {count} has {item.Length} bytes; a job's items have at most {JobLimits.MaxItemBytes}. Give the name of a file instead."
                        : $"A job has at most {JobLimits.MaxItemCount} items. Submit several.");
            }

            BinaryPrimitives.WriteInt32LittleEndian(length, item.Length);
            Add(length);
            Add(item.Span);
            count++;
        }

        buffered.Flush();
        file.Flush(flushToDisk: true);
        return (count, Convert.ToHexStringLower(hash.GetHashAndReset()));

        void Add(ReadOnlySpan<byte> bytes)
        {
            buffered.Write(bytes);
            hash.AppendData(bytes);
        }
    }

    /// <summary>Reads the items in their order, a little at a time.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.JobDamaged"/>.</exception>
    public static IEnumerable<byte[]> Read(string path)
    {
        using FileStream file = Open(path);
        using var buffered = new BufferedStream(file, BufferBytes);
        byte[] head = new byte[sizeof(int)];
        while (true)
        {
            int count = buffered.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            if (count == 0)
            {
                yield break;
            }

            int length = BinaryPrimitives.ReadInt32LittleEndian(head);
            byte[] item = count == head.Length && length is >= 0 and <= JobLimits.MaxItemBytes ? new byte[length] : throw Damaged(path, "its lengths make no sense");
            if (buffered.ReadAtLeast(item, length, throwOnEndOfStream: false) < length)
            {
                throw Damaged(path, "it ends within an item");
            }

            yield return item;
        }
    }

    /// <summary>Checks that the file is what was submitted.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.JobDamaged"/>: it is not.</exception>
    public static void Verify(string path, string hash)
    {
        using FileStream file = Open(path);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = ArrayPool<byte>.Shared.Rent(BufferBytes);
        while (file.Read(piece) is > 0 and int count)
        {
            sha.AppendData(piece.AsSpan(0, count));
        }

        ArrayPool<byte>.Shared.Return(piece);
        if (Convert.ToHexStringLower(sha.GetHashAndReset()) != hash)
        {
            throw Damaged(path, "its content is not what was submitted");
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return PrivateFiles.Open(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RowenException(ErrorCode.JobDamaged, $"The items {path} cannot be read: {exception.Message}", exception);
        }
    }

    private static RowenException Damaged(string path, string what) => new(
        ErrorCode.JobDamaged, $"The items {path} are damaged: {what}. Restore the file, or submit the job anew.");
}
