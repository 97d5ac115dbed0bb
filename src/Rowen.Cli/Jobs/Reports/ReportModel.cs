using Rowen.Jobs;
using Rowen.Protocol.Usage;

namespace Rowen.Cli.Jobs.Reports;

/// <summary>The numbers of a report, from a job's journal. Decides what is shown; writes nothing.</summary>
internal sealed class ReportModel
{
    /// <summary>More rows than fit a page: lanes share one.</summary>
    private const int MaxRows = 128;

    private ReportModel(JobStatus status, JobHistory history, IReadOnlyList<FailureGroup> failures)
    {
        Status = status;
        Description = history.Description!;
        Failures = failures;
        Usage = history.Ends.Values.Select(end => end.Usage).OfType<LeaseUsage>().ToArray();
        Retries = history.Ends.Values.Select(end => end.Retries).Append(history.LastEnd is null ? status.Retries : new RetryCounts()).Aggregate((all, each) => all.Plus(each));
        Runs = Lay(history);
        Length = Math.Max(Runs.Sum(run => run.Length), 1e-6);
        RowNames = NameRows(history, out Dictionary<(int Run, int Lane), int> rows, out int lanesInRow);
        LanesInRow = lanesInRow;
        Spans = Place(history, rows);
    }

    public JobStatus Status { get; }

    public JobDescription Description { get; }

    public IReadOnlyList<FailureGroup> Failures { get; }

    /// <summary>Of each run whose usage is known.</summary>
    public IReadOnlyList<LeaseUsage> Usage { get; }

    /// <summary>Of all runs.</summary>
    public RetryCounts Retries { get; }

    public IReadOnlyList<RunMark> Runs { get; }

    /// <summary>Seconds in which a process ran the job.</summary>
    public double Length { get; }

    public IReadOnlyList<string> RowNames { get; }

    public int LanesInRow { get; }

    /// <summary>Every settled item.</summary>
    public IReadOnlyList<ItemSpan> Spans { get; }

    public static ReportModel Of(JobStatus status, JobResults results) => new(status, results.History, FailureGroups.Of(results));

    /// <summary>Runs one behind the other: a night between two of them would leave nothing to see.</summary>
    private static List<RunMark> Lay(JobHistory history)
    {
        var lastEnds = new Dictionary<int, long>();
        foreach (SettledItem item in Settled(history))
        {
            lastEnds[item.Run] = Math.Max(lastEnds.GetValueOrDefault(item.Run), item.Record.StartedAt + item.Record.DurationTicks);
        }

        var runs = new List<RunMark>();
        double start = 0;
        foreach (JobRun run in history.Runs)
        {
            long end = Math.Max(history.Ends.GetValueOrDefault(run.Number)?.At.UtcTicks ?? 0, lastEnds.GetValueOrDefault(run.Number));
            double length = Math.Max(TimeSpan.FromTicks(end - run.At.UtcTicks).TotalSeconds, 0);
            runs.Add(new RunMark(run.Number, run.At, start, length));
            start += length;
        }

        return runs;
    }

    private static IEnumerable<SettledItem> Settled(JobHistory history) =>
        Enumerable.Range(0, (int)history.ItemCount).Where(item => history.States[item] != ItemState.Pending).Select(item => history[item]);

    /// <summary>A row for each core of each node; lanes of several runs on the same node share them.</summary>
    private static List<string> NameRows(JobHistory history, out Dictionary<(int Run, int Lane), int> rows, out int lanesInRow)
    {
        var names = new List<string>();
        var rowOfName = new Dictionary<string, int>(StringComparer.Ordinal);
        var all = new Dictionary<(int Run, int Lane), int>();
        var onNode = new Dictionary<(int Run, string Node), int>();
        foreach (((int run, int lane), JobLane known) in history.Lanes.OrderBy(entry => entry.Value.Node, StringComparer.Ordinal).ThenBy(entry => entry.Key))
        {
            int core = onNode[(run, known.Node)] = onNode.GetValueOrDefault((run, known.Node), -1) + 1;
            string name = $"{known.Node} {core}";
            if (!rowOfName.TryGetValue(name, out int row))
            {
                rowOfName[name] = row = names.Count;
                names.Add(name);
            }

            all[(run, lane)] = row;
        }

        int share = lanesInRow = Math.Max(1, (names.Count + MaxRows - 1) / MaxRows);
        rows = all.ToDictionary(entry => entry.Key, entry => entry.Value / share);
        return [.. names.Chunk(share).Select(chunk => chunk.Length == 1 ? chunk[0] : $"{chunk[0]} … {chunk[^1]}")];
    }

    private List<ItemSpan> Place(JobHistory history, Dictionary<(int Run, int Lane), int> rows)
    {
        var spans = new List<ItemSpan>((int)(history.Done + history.Failed));
        foreach (SettledItem item in Settled(history))
        {
            RunMark run = Runs[item.Run - 1];
            double waited = Math.Max(TimeSpan.FromTicks(item.Record.StartedAt - run.At.UtcTicks).TotalSeconds, 0);
            double start = Math.Min(run.Start + waited, run.Start + run.Length);
            double end = Math.Min(start + TimeSpan.FromTicks(item.Record.DurationTicks).TotalSeconds, run.Start + run.Length);
            spans.Add(new ItemSpan(
                item.Record.Item, rows.GetValueOrDefault((item.Run, item.Record.Lane)), start, end, waited, item.State == ItemState.Failed, item.Record.Attempts));
        }

        return spans;
    }
}
