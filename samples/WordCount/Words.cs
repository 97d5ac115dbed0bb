using Rowen.Functions;
using Rowen.ObjectStorage;

namespace WordCount;

/// <summary>Functions of the demo.</summary>
public static class Words
{
    /// <summary>Echoes its input: the least that a function can do, for measuring.</summary>
    /// <param name="input">Any bytes.</param>
    /// <param name="output">At least as long as the input.</param>
    /// <returns>Length of the input.</returns>
    [Function]
    public static int Echo(ReadOnlySpan<byte> input, Span<byte> output)
    {
        input.CopyTo(output);
        return input.Length;
    }

    /// <summary>Counts the words of one file.</summary>
    /// <param name="path">A file that the executor can read.</param>
    /// <returns>How often each word occurs. Empty for a file that is no text: one with a NUL in its first 8 KiB.</returns>
    /// <remarks>
    /// A word is a longest run of Unicode letters and decimal digits, in lower case of the invariant culture. The file is
    /// read as UTF-8; bytes that are none stand between words. Called in a loop, this is the single-threaded version, too.
    /// </remarks>
    [Function]
    public static Dictionary<string, int> CountWords(string path)
    {
        using var file = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.SequentialScan);
        return new WordCounter().Count(file);
    }

    /// <summary>Counts the words of a part of an object, of a file or of S3 alike.</summary>
    /// <param name="part">Whole lines: a word never crosses their ends.</param>
    /// <returns>How often each word occurs in it.</returns>
    [Function]
    public static Dictionary<string, int> CountWordsOfPart(ObjectPart part)
    {
        using Stream lines = part.Open();
        return new WordCounter(1 << 20).Count(lines);
    }
}
