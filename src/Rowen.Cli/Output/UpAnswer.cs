using Rowen.Cli.Roles;
using Rowen.Cli.Verbs;

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

    public required long MemoryBytes { get; init; }

    public static UpAnswer Of(LocalCluster cluster, ClusterSettings settings) => new()
    {
        Cluster = settings.ClusterPath,
        Address = cluster.File.Address,
        ProcessId = cluster.File.ManagerProcessId,
        State = settings.StateFolder,
        Node = cluster.Node.Name,
        Cores = cluster.Node.Cores,
        MemoryBytes = cluster.Node.MemoryBytes,
    };

    public void Write(VerbRun run, bool isDetached)
    {
        if (run.IsJson)
        {
            run.WriteJson(this, CliJson.Default.UpAnswer);
            return;
        }

        run.WriteLine($"The cluster is up: {Units.Things(Cores, "core")} and {Units.Bytes(MemoryBytes)} of {Node}.");
        run.WriteLine($"  cluster file  {Cluster}");
        run.WriteLine($"  address       {Address}");
        if (Log is not null)
        {
            run.WriteLine($"  log           {Log}");
        }

        run.WriteLine("Next:");
        run.WriteLine("  rowen nodes                       # what there is");
        run.WriteLine("  rowen bench invoke                # how fast it is here");
        run.WriteLine(isDetached ? "  rowen down                        # ends it" : "  Ctrl-C                            # ends it, or `rowen down`");
    }
}
