using System.Globalization;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Limits;

namespace Rowen.Cli.Admin;

/// <summary><c>rowen admin limits</c>: what users and accounts may have, and have.</summary>
internal static class LimitsVerb
{
    public static VerbCommand Create() => new VerbCommand(
        "limits",
        "Shows what users and accounts hold, and may hold, by the file that the cluster was started with (--limits). Reads it again if it has changed.",
        "rowen up --slurm --limits limits.json",
        "rowen admin limits",
        "rowen admin limits --output json")
        .WithCluster()
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        using ManagerClient manager = run.Connect();
        LimitsView view = await manager.GetLimitsAsync(cancellationToken);
        int exitCode = view.Fault.Length == 0 ? ExitCode.Done : ExitCode.Failed;
        if (run.IsJson)
        {
            run.WriteJson(view);
            return exitCode;
        }

        var table = new Table("who", "is", "cores", "of", "remote memory", "of", "pilots") { Numbers = [2, 3, 4, 5, 6], WhenEmpty = "Nobody has a limit, or holds anything." };
        foreach (OwnerView owner in view.Owners)
        {
            table.Add(
                owner.Name, (owner.IsAccount ? "account" : "user") + (owner.IsExcluded ? ", excluded" : string.Empty),
                Number(owner.Cores), Number(owner.MaxCores), Units.Bytes(owner.LentMemoryBytes), owner.MaxLentMemoryBytes is { } most ? Units.Bytes(most) : "-", Number(owner.MaxPilots));
        }

        run.Write(table);
        run.WriteLine(view.File.Length == 0 ? "There is no file of limits: see --limits of `rowen up` and `rowen manager`." : $"The limits are those of {view.File}.");
        if (view.Fault.Length > 0)
        {
            run.WriteLine($"As it now is, that cannot be used, and the limits of before hold: {view.Fault}");
        }

        return exitCode;
    }

    private static string Number(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
