using System.Globalization;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>Processor numbers as the kernel writes them: <c>0-3,8</c>.</summary>
public static class ProcessorList
{
    private const int MaxProcessor = 8191; // of the largest Linux kernels

    /// <summary>Reads a list.</summary>
    /// <param name="text">Numbers and ranges, with commas between; blanks around it are passed over.</param>
    /// <param name="processors">The numbers, ascending, each once; empty if the text is no list.</param>
    /// <returns>False if it is no list of at least one processor.</returns>
    public static bool TryParse(string text, out IReadOnlyList<int> processors)
    {
        var found = new SortedSet<int>();
        processors = [];
        foreach (string part in text.Trim().Split(','))
        {
            string[] ends = part.Split('-', 2);
            if (!TryParseNumber(ends[0], out int first) || !TryParseNumber(ends[^1], out int last) || last < first)
            {
                return false;
            }

            found.UnionWith(Enumerable.Range(first, last - first + 1));
        }

        processors = [.. found];
        return true;
    }

    /// <summary>Writes a list; neighbors become ranges.</summary>
    public static string Format(IEnumerable<int> processors)
    {
        var parts = new List<string>();
        int first = -1;
        int last = -2;
        foreach (int processor in processors.Order().Append(int.MaxValue))
        {
            if (processor != last + 1)
            {
                if (first >= 0)
                {
                    parts.Add(first == last ? Write(first) : $"{Write(first)}-{Write(last)}");
                }

                first = processor;
            }

            last = processor;
        }

        return string.Join(',', parts);
    }

    private static string Write(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool TryParseNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= MaxProcessor;
}
