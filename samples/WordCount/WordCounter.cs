using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace WordCount;

/// <summary>Counts the words of one stream, in one pass, with one buffer.</summary>
public sealed class WordCounter
{
    /// <summary>A NUL among so many first bytes says that a file is no text; git uses the same rule.</summary>
    private const int LookedAtBytes = 8 << 10;

    private const char Separator = '\0';
    private const char BeyondAscii = '\uffff';

    private static readonly char[] LowerOf = MakeTable();

    private readonly byte[] _buffer;
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _byText;
    private char[] _word = new char[64];
    private int _wordLength;

    /// <summary>Makes a counter that has counted nothing.</summary>
    /// <param name="bufferBytes">How much to read at a time; at least 8 KiB.</param>
    public WordCounter(int bufferBytes = 64 << 10)
    {
        _buffer = new byte[Math.Max(bufferBytes, LookedAtBytes)];
        _byText = _counts.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Reads a stream to its end and counts its words.</summary>
    /// <param name="stream">UTF-8, or something that is no text.</param>
    /// <returns>How often each word occurs; empty if the stream is no text.</returns>
    public Dictionary<string, int> Count(Stream stream)
    {
        int length = stream.ReadAtLeast(_buffer, LookedAtBytes, throwOnEndOfStream: false);
        if (_buffer.AsSpan(0, Math.Min(length, LookedAtBytes)).Contains((byte)0))
        {
            return _counts;
        }

        bool isLast = length < LookedAtBytes;
        while (!isLast)
        {
            length = TakeUpTo(length);
            int readBytes = stream.Read(_buffer, length, _buffer.Length - length);
            isLast = readBytes == 0;
            length += readBytes;
        }

        TakeLast(length);
        return _counts;
    }

    /// <summary>Takes whole characters and moves what is left, the beginning of one at most, to the front.</summary>
    private int TakeUpTo(int length)
    {
        int taken = Take(_buffer.AsSpan(0, length));
        _buffer.AsSpan(taken, length - taken).CopyTo(_buffer);
        return length - taken;
    }

    private void TakeLast(int length)
    {
        _ = Take(_buffer.AsSpan(0, length)); // what is left of a character that never ends is no letter
        EndWord();
    }

    private int Take(ReadOnlySpan<byte> bytes)
    {
        int index = 0;
        while (index < bytes.Length)
        {
            char lower = LowerOf[bytes[index]];
            if (lower == BeyondAscii)
            {
                int taken = TakeBeyondAscii(bytes[index..]);
                if (taken == 0)
                {
                    break;
                }

                index += taken;
                continue;
            }

            index++;
            if (lower == Separator)
            {
                EndWord();
            }
            else
            {
                Append(lower);
            }
        }

        return index;
    }

    /// <returns>How many bytes; none if the character goes on beyond them.</returns>
    private int TakeBeyondAscii(ReadOnlySpan<byte> bytes)
    {
        OperationStatus status = Rune.DecodeFromUtf8(bytes, out Rune rune, out int taken);
        if (status == OperationStatus.NeedMoreData)
        {
            return 0;
        }

        if (status == OperationStatus.Done && (Rune.IsLetter(rune) || Rune.IsDigit(rune)))
        {
            Span<char> text = stackalloc char[2];
            int length = Rune.ToLowerInvariant(rune).EncodeToUtf16(text);
            foreach (char c in text[..length])
            {
                Append(c);
            }
        }
        else
        {
            EndWord();
        }

        return taken;
    }

    private void Append(char c)
    {
        if (_wordLength == _word.Length)
        {
            Array.Resize(ref _word, 2 * _word.Length);
        }

        _word[_wordLength++] = c;
    }

    private void EndWord()
    {
        if (_wordLength > 0)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_byText, _word.AsSpan(0, _wordLength), out _)++;
            _wordLength = 0;
        }
    }

    private static char[] MakeTable()
    {
        char[] table = new char[256];
        for (int value = 0; value < 256; value++)
        {
            char c = (char)value;
            table[value] = value >= 128 ? BeyondAscii
                : char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c)
                : Separator;
        }

        return table;
    }
}
