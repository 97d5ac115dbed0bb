using System.Globalization;
using Rowen.Protocol.Leases;
using Rowen.ResourceManager.Placement;

namespace Rowen.ResourceManager.Harvesting;

/// <summary>What the owner of a batch job offers of each of its nodes, in the job's comment: <c>rowen:cores=4,memory=8G,bound=memory</c>.</summary>
/// <param name="Cores">Cores that the job does not use.</param>
/// <param name="MemoryBytes">Memory that it does not use.</param>
/// <param name="Bound">What the job itself is bound by.</param>
public sealed record JobOffer(int Cores, long MemoryBytes, BoundBy Bound)
{
    private const string Mark = "rowen:";
    private const int MaxCores = 65_536;
    private const int MaxMemoryDigits = 9;
    private const long MinMemoryBytes = 64L << 20; // with less no executor could start
    private const long MaxMemoryBytes = 1L << 50;

    /// <summary>Reads a comment. Anybody may write anything there: one that is not in the form to the letter offers nothing.</summary>
    /// <param name="comment">The job's comment; other words may stand before and behind the offer.</param>
    /// <returns>None if the comment offers nothing.</returns>
    public static JobOffer? ParseOrNone(string comment)
    {
        string[] words = [.. comment.Split((char[])[' ', ';', '\t'], StringSplitOptions.RemoveEmptyEntries).Where(word => word.StartsWith(Mark, StringComparison.Ordinal))];
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string[] pair in words.Length == 1 ? words[0][Mark.Length..].Split(',').Select(part => part.Split('=', 2)) : [])
        {
            if (pair.Length != 2 || pair[0] is not ("cores" or "memory" or "bound") || !parts.TryAdd(pair[0], pair[1]))
            {
                return null;
            }
        }

        return parts.TryGetValue("cores", out string? coresText) && parts.TryGetValue("memory", out string? memoryText)
            && TryParseCores(coresText, out int cores) && TryParseMemory(memoryText, out long memory) && TryParseBound(parts.GetValueOrDefault("bound"), out BoundBy bound)
            ? new JobOffer(cores, memory, bound)
            : null;
    }

    private static bool TryParseCores(string text, out int cores) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out cores) && cores is >= 1 and <= MaxCores;

    /// <summary>As <c>--mem</c> of Slurm: a number with a unit, mebibytes without.</summary>
    private static bool TryParseMemory(string text, out long bytes)
    {
        bytes = 0;
        string digits = text.TrimEnd('K', 'M', 'G', 'T');
        int shift = text[digits.Length..] switch { "K" => 10, "M" or "" => 20, "G" => 30, "T" => 40, _ => 0 };
        if (shift == 0 || digits.Length > MaxMemoryDigits || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            || number > MaxMemoryBytes >> shift)
        {
            return false;
        }

        bytes = number << shift;
        return bytes >= MinMemoryBytes;
    }

    private static bool TryParseBound(string? text, out BoundBy bound)
    {
        bound = BoundBy.Unknown;
        return text is null || Interference.TryParse(text, out bound);
    }
}
