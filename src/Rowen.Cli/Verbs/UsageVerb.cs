using Rowen.Cli.Output;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Usage;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen usage</c>.</summary>
internal static class UsageVerb
{
    public static VerbCommand Create() => new VerbCommand(
        "usage", "Shows what each lease has used: cores held, time polling, time computing, memory; of remote memory, bytes read and written, as its owner counts them.", "rowen usage", "rowen usage --output json")
        .WithCluster()
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

    private static string Traffic(UsageView usage, long bytes) => usage.Lease.Kind == LeaseKind.Memory ? Units.Bytes(bytes) : "-";

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        using ManagerClient manager = run.Connect();
        UsageView[] usages = await manager.GetUsageAsync(cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(usages);
        }
        else
        {
            run.Write(ToTable(usages.OrderBy(usage => usage.Lease.Id.Value)));
        }

        return ExitCode.Done;
    }
}
