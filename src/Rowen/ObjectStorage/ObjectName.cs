using System.Text;

namespace Rowen.ObjectStorage;

/// <summary>What may be the name of an object.</summary>
internal static class ObjectName
{
    private const int MaxBytes = 1024; // S3's limit
    private const int MaxSegmentBytes = 240; // a file's name has 255, of which a store needs some for itself

    public static void Check(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!IsText(name) || Encoding.UTF8.GetByteCount(name) > MaxBytes || !name.Split('/').All(IsSegment))
        {
            throw new ArgumentException(
                $"'{Printable(name)}' cannot name an object: a name is a path of 1 to {MaxBytes} bytes without control characters, and what stands between its slashes is not empty, neither . nor .., and has at most {MaxSegmentBytes} bytes.",
                nameof(name));
        }
    }

    /// <summary>Bytes from a stream's position to its end.</summary>
    public static long LengthOf(Stream content)
    {
        ArgumentNullException.ThrowIfNull(content);
        return content.CanSeek ? Math.Max(0, content.Length - content.Position) : throw new ArgumentException("The stream does not know its length.", nameof(content));
    }

    /// <summary>Whether a range lies within an object.</summary>
    public static void CheckRange(StoredObject found, long offset, long lengthBytes)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        if (offset > found.LengthBytes || lengthBytes > found.LengthBytes - offset)
        {
            throw new ArgumentOutOfRangeException(nameof(lengthBytes), lengthBytes, $"The range from byte {offset} leaves '{found.Name}', which has {found.LengthBytes} bytes.");
        }
    }

    private static bool IsSegment(string segment) => segment is not ("" or "." or "..") && Encoding.UTF8.GetByteCount(segment) <= MaxSegmentBytes;

    private static bool IsText(string name)
    {
        foreach (Rune rune in name.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || rune == Rune.ReplacementChar)
            {
                return false;
            }
        }

        return true;
    }

    private static string Printable(string name) => new([.. name.Take(100).Select(letter => char.IsControl(letter) ? '?' : letter)]);
}
