using System.Globalization;
using System.Text;

namespace Rowen.Protocol.Clusters;

/// <summary>An HTTP/1.1 answer read from bytes. Knows what Kestrel sends: a length or chunks.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Body">The body, chunks joined.</param>
/// <param name="MustClose">The peer will close the connection after it.</param>
internal sealed record HttpAnswer(int Status, byte[] Body, bool MustClose)
{
    /// <summary>The largest head, and the largest body, in bytes.</summary>
    public const int MaxHeadBytes = 16_384;
    public const int MaxBodyBytes = 65_536;

    /// <summary>With chunk sizes and heads, no answer that is accepted is longer.</summary>
    public const int MaxBytes = 2 * (MaxHeadBytes + MaxBodyBytes);

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    /// <summary>Reads an answer from what has arrived so far; never throws on hostile bytes.</summary>
    /// <param name="bytes">From the answer's first byte.</param>
    /// <param name="answer">The answer, once it is whole.</param>
    /// <returns>False if these bytes can never become an answer that is accepted. True without answer: more is needed.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out HttpAnswer? answer)
    {
        answer = null;
        int headBytes = bytes[..Math.Min(bytes.Length, MaxHeadBytes)].IndexOf("\r\n\r\n"u8);
        if (headBytes < 0)
        {
            return bytes.Length < MaxHeadBytes;
        }

        if (!TryReadHead(Encoding.Latin1.GetString(bytes[..headBytes]), out int status, out int? length, out bool isChunked, out bool mustClose))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = bytes[(headBytes + 4)..];
        bool isPossible = isChunked
            ? TryReadChunks(rest, out byte[]? body)
            : TryReadLength(rest, status is 204 or 304 ? 0 : length, out body);
        answer = body is null ? null : new HttpAnswer(status, body, mustClose);
        return isPossible;
    }

    private static bool TryReadHead(string head, out int status, out int? length, out bool isChunked, out bool mustClose)
    {
        string[] lines = head.Split("\r\n");
        length = null;
        isChunked = false;
        mustClose = false;
        status = 0;
        if (lines[0].Length < 12 || !lines[0].StartsWith("HTTP/1.1 ", StringComparison.Ordinal) || !TryParse(lines[0][9..12], out status))
        {
            return false;
        }

        foreach (string line in lines.AsSpan(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                return false;
            }

            string value = line[(colon + 1)..].Trim();
            switch (line[..colon].ToUpperInvariant())
            {
                case "CONTENT-LENGTH":
                    if (length is not null || !TryParse(value, out int parsed) || parsed > MaxBodyBytes)
                    {
                        return false;
                    }

                    length = parsed;
                    break;
                case "TRANSFER-ENCODING":
                    isChunked = value.Equals("chunked", StringComparison.OrdinalIgnoreCase);
                    if (!isChunked)
                    {
                        return false;
                    }

                    break;
                case "CONNECTION":
                    mustClose = value.Equals("close", StringComparison.OrdinalIgnoreCase);
                    break;
                default:
                    break;
            }
        }

        return !(isChunked && length is not null); // two lengths: a classic of smuggled answers
    }

    private static bool TryReadLength(ReadOnlySpan<byte> rest, int? length, out byte[]? body)
    {
        body = length is { } known && rest.Length >= known ? rest[..known].ToArray() : null;
        return length is { } total && rest.Length <= total; // nobody asked for more than this one answer
    }

    private static bool TryReadChunks(ReadOnlySpan<byte> rest, out byte[]? body)
    {
        body = null;
        var joined = new List<byte>();
        while (true)
        {
            int sizeBytes = rest.IndexOf(LineEnd);
            if (sizeBytes < 0)
            {
                return rest.Length <= 8;
            }

            if (sizeBytes is 0 or > 8
                || !int.TryParse(rest[..sizeBytes], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int size)
                || size < 0 || joined.Count + size > MaxBodyBytes)
            {
                return false;
            }

            rest = rest[(sizeBytes + 2)..];
            if (rest.Length < size + 2)
            {
                return true;
            }

            if (!rest.Slice(size, 2).SequenceEqual(LineEnd))
            {
                return false;
            }

            joined.AddRange(rest[..size]);
            rest = rest[(size + 2)..];
            if (size == 0)
            {
                body = [.. joined];
                return rest.IsEmpty;
            }
        }
    }

    private static bool TryParse(string digits, out int value) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
