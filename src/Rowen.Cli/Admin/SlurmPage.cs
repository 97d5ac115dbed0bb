using System.Globalization;
using Rowen.Cli.Output;
using Rowen.ResourceManager.Harvesting.Slurm.Examination;

namespace Rowen.Cli.Admin;

/// <summary>What was found about Slurm, as people read it.</summary>
internal static class SlurmPage
{
    public static void Write(TextWriter output, SlurmReport report)
    {
        output.WriteLine(report.Version is null ? "Slurm"
            : $"Slurm {report.Version}, cluster {report.Cluster}{(report.Partition is null ? string.Empty : $", pilots in partition {report.Partition}")}");
        int width = report.Findings.Max(finding => finding.Name.Length);
        foreach (SlurmFinding finding in report.Findings)
        {
            output.WriteLine($"  {finding.Verdict,-7}  {finding.Name.PadRight(width)}  {finding.What}");
            if (finding.Advice is not null)
            {
                output.WriteLine($"  {string.Empty,-7}  {string.Empty.PadRight(width)}  -> {finding.Advice}");
            }
        }

        if (report.Reclaim is { } reclaim)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"A batch job waits for a pilot's node for {Text(reclaim.OrdinarySeconds)} if functions need all of the drain grace, and for {Text(reclaim.WorstSeconds)} at worst: {reclaim.Reckoning}. Reckoned, not measured here."));
        }
    }

    private static string Text(double seconds) => Units.Duration(TimeSpan.FromSeconds(seconds));
}
