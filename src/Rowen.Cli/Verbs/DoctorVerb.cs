using System.Net;
using Rowen.Cli.Fabrics;
using Rowen.Cli.Output;
using Rowen.Fabric;
using Rowen.Fabric.Libfabric;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen doctor</c>: what this machine has for Rowen to use, and what to install.</summary>
internal static class DoctorVerb
{
    public static VerbCommand Create() => new VerbCommand(
        "doctor",
        "Says which fabrics this machine has, which Rowen uses, and what to install for more. Tries nothing: see `rowen fabric check`.",
        "rowen doctor",
        "rowen doctor --output json")
        .Runs((run, _) => Task.FromResult(Run(run)));

    private static int Run(VerbRun run)
    {
        DoctorAnswer answer = DoctorAnswer.Examine(FastNetworks.FindDevices(), LibfabricInventory.Read(IPAddress.Loopback));
        if (run.IsJson)
        {
            run.WriteJson(answer, FabricJson.Default.DoctorAnswer);
            return ExitCode.Done;
        }

        var table = new Table("provider", "works", "for", "remark");
        foreach (ProviderDiagnosis each in answer.Providers)
        {
            table.Add(each.Name, each.IsUsable ? "yes" : "no", each.Purpose, each.Remark ?? string.Empty);
        }

        run.Write(table);
        run.Out.WriteLine();
        FabricPages.Write(run.Out, run.IsTerminal, answer.Libfabric, answer.Devices);
        return ExitCode.Done;
    }
}
