namespace Rowen.Cli.Jobs.Reports;

/// <summary>What happened on one row during a short piece of time.</summary>
/// <param name="Busy">Seconds in which an item ran.</param>
/// <param name="Count">Items that began.</param>
/// <param name="Failed">Of these, those that failed.</param>
internal readonly record struct TimelineBin(double Busy, int Count, int Failed)
{
    public TimelineBin Plus(TimelineBin other) => new(Busy + other.Busy, Count + other.Count, Failed + other.Failed);

    /// <summary>Sorts every item into its pieces of time, row by row.</summary>
    public static TimelineBin[][] Fill(ReportModel model, int binCount)
    {
        TimelineBin[][] bins = [.. Enumerable.Range(0, Math.Max(model.RowNames.Count, 1)).Select(_ => new TimelineBin[binCount])];
        double seconds = model.Length / binCount;
        foreach (ItemSpan span in model.Spans)
        {
            TimelineBin[] row = bins[span.Row];
            int first = Math.Clamp((int)(span.Start / seconds), 0, binCount - 1);
            int last = Math.Clamp((int)(span.End / seconds), first, binCount - 1);
            row[first] = row[first].Plus(new TimelineBin(0, 1, span.IsFailed ? 1 : 0));
            for (int bin = first; bin <= last; bin++)
            {
                double busy = Math.Min(span.End, (bin + 1) * seconds) - Math.Max(span.Start, bin * seconds);
                row[bin] = row[bin].Plus(new TimelineBin(Math.Max(busy, 0), 0, 0));
            }
        }

        return bins;
    }
}
