using Rowen.Cli.Output;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Harvests;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen pilots</c>.</summary>
internal static class PilotsVerb
{
    public static VerbCommand Create() => new VerbCommand(
        "pilots", "Lists the jobs by which nodes come from Slurm, and says why no more are there.", "rowen pilots", "rowen pilots --output json")
        .WithCluster()
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        using ManagerClient manager = run.Connect();
        HarvestView view = await manager.GetHarvestAsync(cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(view);
            return ExitCode.Done;
        }

        if (view.BatchSystem.Length == 0)
        {
            run.WriteLine("This cluster harvests nothing: its nodes joined by themselves. `rowen up --slurm` takes nodes from Slurm.");
            return ExitCode.Done;
        }

        var table = new Table("job", "state", "node", "name", "Slurm says") { WhenEmpty = "No pilot waits, starts or runs." };
        foreach (PilotView pilot in view.Pilots)
        {
            table.Add(pilot.Job, pilot.State, pilot.Node == default ? string.Empty : pilot.Node.ToString(), pilot.NodeName, pilot.Reason);
        }

        run.Write(table);
        run.WriteLine($"Now: {view.Note}.");
        return ExitCode.Done;
    }
}
