using System.Globalization;

namespace Rowen.Cli.Runs;

/// <summary>Numbers as Slurm's arrays name them: <c>1-1000</c>, <c>0-100:10</c> (each tenth), <c>1,5,7-9</c>; the first of a span may be negative.</summary>
/// <param name="Spans">One after the other.</param>
internal sealed record NumberSpans(IReadOnlyList<(long First, long Last, long Step)> Spans)
{
    private const int MaxSpans = 10_000;

    /// <summary>How many numbers; no more than <see cref="long.MaxValue"/>.</summary>
    public long Count => Spans.Aggregate(0L, (sum, span) => (long)Math.Min((ulong)sum + ((ulong)(span.Last - span.First) / (ulong)span.Step) + 1, long.MaxValue));

    /// <summary>The numbers in their order.</summary>
    public IEnumerable<long> Numbers => Spans.SelectMany(Enumerate);

    /// <exception cref="FormatException">It is nothing like that.</exception>
    public static NumberSpans Parse(string text)
    {
        string[] parts = text.Split(',');
        return parts.Length <= MaxSpans
            ? new NumberSpans([.. parts.Select(ParseSpan)])
            : throw new FormatException($"--array has {parts.Length} parts; {MaxSpans} are the most. Write the items to a file: --each-line FILE.");
    }

    private static IEnumerable<long> Enumerate((long First, long Last, long Step) span)
    {
        for (long count = (span.Last - span.First) / span.Step, value = span.First; count >= 0; count--, value += span.Step)
        {
            yield return value;
        }
    }

    private static (long First, long Last, long Step) ParseSpan(string text)
    {
        string[] steps = text.Trim().Split(':');
        int dash = steps[0].IndexOf('-', Math.Min(1, steps[0].Length));
        long step = 1;
        bool isRight = steps.Length <= 2 && (steps.Length == 1 || (TryParse(steps[1], out step) && step > 0));
        return isRight && TryParse(dash < 0 ? steps[0] : steps[0][..dash], out long first) && TryParse(steps[0][(dash + 1)..], out long last)
            && last >= first && last - first >= 0
                ? (first, last, step)
                : throw new FormatException($"'{text}' is no range: ranges look like 1-1000, 0-100:10 (each tenth) or 1,5,7-9.");
    }

    private static bool TryParse(string text, out long number) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
