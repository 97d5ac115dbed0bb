using System.CommandLine;
using Rowen.Cli.Output;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Usage;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen usage</c>.</summary>
internal static class UsageVerb
{
    private static readonly Option<string> By = CreateBy();

    public static VerbCommand Create() => new VerbCommand(
        "usage",
        "Shows what each lease has used: cores held, time polling, time computing, memory; of remote memory, bytes read and written, as its owner counts them. With --by job, what was used in each pilot job, by its number in Slurm's accounting.",
        "rowen usage",
        "rowen usage --by job     # join with: sacct --jobs=NUMBER",
        "rowen usage --output json")
        .WithCluster().With(By)
        .Runs(RunAsync);

    public static Table ToTable(IEnumerable<UsageView> usages)
    {
        var table = new Table("lease", "node", "state", "core time", "polling", "computing", "invocations", "memory time", "peak memory", "read", "written", "client")
        {
            Numbers = [3, 4, 5, 6, 7, 8, 9, 10],
            WhenEmpty = "No lease has used anything yet.",
        };
        foreach (UsageView usage in usages)
        {
            table.Add(
                usage.Lease.Id.ToString(), usage.Lease.NodeName ?? "-", usage.Lease.State.ToString().ToLowerInvariant(),
                usage.Lease.Kind == LeaseKind.Memory ? "-" : Units.Milliseconds(usage.Used.AllocatedMs), Units.Milliseconds(usage.Used.PollingMs),
                Units.Milliseconds(usage.Used.ComputingMs), Units.Count(usage.Used.InvocationCount),
                Units.MemoryTime(usage.Used.MemoryMebibyteSeconds), Units.Bytes(usage.Used.PeakMemoryBytes),
                Traffic(usage, usage.Used.MemoryReadBytes), Traffic(usage, usage.Used.MemoryWrittenBytes), usage.Lease.Client);
        }

        return table;
    }

    /// <summary>What leases on the nodes of each batch job have used together, by job and user.</summary>
    public static IReadOnlyList<JobUsage> ByJob(IEnumerable<UsageView> usages) =>
    [
        .. usages.Where(usage => usage.Lease.BatchJob.Length > 0)
            .GroupBy(usage => (usage.Lease.BatchJob, usage.Lease.User))
            .Select(group => new JobUsage(
                group.Key.BatchJob, group.Key.User, group.First().Lease.NodeName ?? string.Empty, group.Count(),
                group.Sum(each => each.Used.AllocatedMs), group.Sum(each => each.Used.PollingMs), group.Sum(each => each.Used.ComputingMs),
                group.Sum(each => each.Used.InvocationCount), group.Sum(each => each.Used.MemoryMebibyteSeconds)))
            .OrderBy(usage => usage.Job.Length).ThenBy(usage => usage.Job, StringComparer.Ordinal).ThenBy(usage => usage.User, StringComparer.Ordinal),
    ];

    private static Table ToTable(IEnumerable<JobUsage> usages)
    {
        var table = new Table("job", "user", "node", "leases", "core time", "polling", "computing", "invocations", "memory time")
        {
            Numbers = [3, 4, 5, 6, 7, 8],
            WhenEmpty = "No lease has used anything in a batch job yet.",
        };
        foreach (JobUsage usage in usages)
        {
            table.Add(
                usage.Job, usage.User, usage.NodeName, Units.Count(usage.LeaseCount), Units.Milliseconds(usage.AllocatedMs), Units.Milliseconds(usage.PollingMs),
                Units.Milliseconds(usage.ComputingMs), Units.Count(usage.InvocationCount), Units.MemoryTime(usage.MemoryMebibyteSeconds));
        }

        return table;
    }

    private static Option<string> CreateBy()
    {
        Option<string> by = new("--by")
        {
            Description = "A line for each lease, or for each batch job and user.",
            DefaultValueFactory = _ => "lease",
            HelpName = "lease|job",
        };
        by.AcceptOnlyFromAmong("lease", "job");
        return by;
    }

    private static string Traffic(UsageView usage, long bytes) => usage.Lease.Kind == LeaseKind.Memory ? Units.Bytes(bytes) : "-";

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        using ManagerClient manager = run.Connect();
        UsageView[] usages = await manager.GetUsageAsync(cancellationToken);
        bool isByJob = run.Get(By) == "job";
        if (run.IsJson && isByJob)
        {
            run.WriteJson(ByJob(usages), UsageJson.Default.IReadOnlyListJobUsage);
        }
        else if (run.IsJson)
        {
            run.WriteJson(usages);
        }
        else
        {
            run.Write(isByJob ? ToTable(ByJob(usages)) : ToTable(usages.OrderBy(usage => usage.Lease.Id.Value)));
        }

        return ExitCode.Done;
    }
}
