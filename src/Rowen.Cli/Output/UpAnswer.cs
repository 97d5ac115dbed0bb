using Rowen.Cli.Roles;
using Rowen.Cli.Verbs;
using Rowen.Protocol.Clusters;

namespace Rowen.Cli.Output;

/// <summary>What <c>rowen up</c> prints when the cluster is ready.</summary>
internal sealed record UpAnswer
{
    /// <summary>The cluster file.</summary>
    public required string Cluster { get; init; }

    public required string Address { get; init; }

    public required int ProcessId { get; init; }

    public required string State { get; init; }

    /// <summary>The log of a detached cluster.</summary>
    public string? Log { get; init; }

    public required string Node { get; init; }

    public required int Cores { get; init; }

    /// <summary>What <c>--cores</c> said.</summary>
    public int? CoresAskedFor { get; init; }

    public required long MemoryBytes { get; init; }

    /// <summary>Where nodes come from, if not from this machine.</summary>
    public string? Harvests { get; init; }

    /// <summary>A cluster whose nodes come later.</summary>
    public static UpAnswer Of(ClusterFile file, ClusterSettings settings, string? log = null) => new()
    {
        Cluster = settings.ClusterPath,
        Address = file.Address,
        ProcessId = file.ManagerProcessId,
        State = settings.StateFolder,
        Log = log,
        Node = string.Empty,
        Cores = 0,
        MemoryBytes = 0,
        Harvests = settings.Harvests,
    };

    public static UpAnswer Of(LocalCluster cluster, ClusterSettings settings) => new()
    {
        Cluster = settings.ClusterPath,
        Address = cluster.File.Address,
        ProcessId = cluster.File.ManagerProcessId,
        State = settings.StateFolder,
        Node = cluster.Node.Name,
        Cores = cluster.Node.Cores,
        CoresAskedFor = settings.Cores,
        MemoryBytes = cluster.Node.MemoryBytes,
    };

    public void Write(VerbRun run, bool isDetached)
    {
        if (run.IsJson)
        {
            run.WriteJson(this, CliJson.Default.UpAnswer);
            return;
        }

        run.WriteLine(Harvests is not null
            ? $"The cluster is up. Nodes come from {Harvests}, when a lease waits for one."
            : $"The cluster is up: {Units.Things(Cores, "core")} and {Units.Bytes(MemoryBytes)} of {Node}.");
        if (Harvests is null && CoresAskedFor > Cores)
        {
            run.WriteLine($"  not {CoresAskedFor} cores, as --cores says at most: it may use no more here (affinity, quotas, the machine itself)");
        }

        run.WriteLine($"  cluster file  {Cluster}");
        run.WriteLine($"  address       {Address}");
        if (Log is not null)
        {
            run.WriteLine($"  log           {Log}");
        }

        run.WriteLine("Next:");
        run.WriteLine("  rowen nodes                       # what there is");
        if (Harvests is not null)
        {
            run.WriteLine("  rowen run --array 1-100 -- hostname  # work: pilots come for it");
        }

        run.WriteLine("  rowen bench invoke                # how fast it is here");
        run.WriteLine(isDetached ? "  rowen down                        # ends it" : "  Ctrl-C                            # ends it, or `rowen down`");
    }
}
