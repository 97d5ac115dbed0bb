using System.CommandLine;
using System.Text;
using Rowen.Cli.Jobs.Reports;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.Jobs;

namespace Rowen.Cli.Jobs;

/// <summary><c>rowen report J7</c>.</summary>
internal static class ReportVerb
{
    private static readonly Option<bool> Svg = new("--svg") { Description = "Prints the timeline alone, as a picture for a paper." };

    public static VerbCommand Create() => new VerbCommand(
        "report",
        "Prints a job's report as one HTML page that needs no other file: timeline, histograms, failures, usage.",
        "rowen report J1 > run.html",
        "rowen report J1 --svg > run.svg")
        .WithJob()
        .With(Svg)
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        Job job = run.FindJob();
        using JobResults results = JobResults.Open(job.Files);
        ReportModel model = ReportModel.Of(job.ReadStatus() with { Done = results.History.Done, Failed = results.History.Failed }, results);
        string report = run.Get(Svg) ? JobReport.Svg(model) : JobReport.Html(model);
        await VerbRun.WriteBytesAsync(Encoding.UTF8.GetBytes(report), cancellationToken);
        return ExitCode.Done;
    }
}
