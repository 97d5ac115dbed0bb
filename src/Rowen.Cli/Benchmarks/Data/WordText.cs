using System.Globalization;
using System.Text;

namespace Rowen.Cli.Benchmarks.Data;

/// <summary>Text to count: lines of words of a small language, some of them frequent and most of them rare.</summary>
internal static class WordText
{
    private const int WordCount = 20_000;
    private const int FileCount = 8;
    private const int BlockBytes = 8 << 20;

    public static IReadOnlyList<string> Write(string folder, long bytes, int seed)
    {
        var random = new Random(seed);
        byte[] block = WriteBlock(random);
        List<string> files = [];
        for (int index = 0; index < FileCount; index++)
        {
            string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"text-{index}.txt"));
            using FileStream file = File.Create(path);
            for (long left = bytes / FileCount; left > 0; left -= block.Length)
            {
                int start = random.Next(block.Length); // so that parts differ
                file.Write(block.AsSpan(start, (int)Math.Min(left, block.Length - start)));
                left += start;
            }

            files.Add(path);
        }

        return files;
    }

    private static byte[] WriteBlock(Random random)
    {
        string[] words = [.. Enumerable.Range(0, WordCount).Select(_ => new string(random.GetItems<char>("abcdefghijklmnopqrstuvwxyz", random.Next(2, 12))))];
        var text = new StringBuilder();
        while (text.Length < BlockBytes)
        {
            double rank = Math.Pow(random.NextDouble(), 3); // the first thousandth of the words is a tenth of the text
            text.Append(words[(int)(rank * words.Length)]).Append(random.Next(12) == 0 ? '\n' : ' ');
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
