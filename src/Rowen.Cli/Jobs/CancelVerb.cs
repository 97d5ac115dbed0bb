using System.CommandLine;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;

namespace Rowen.Cli.Jobs;

/// <summary><c>rowen cancel J7</c>.</summary>
internal static class CancelVerb
{
    private const int DefaultGraceMs = 10_000;

    private static readonly Option<int> Grace = new("--grace")
    {
        Description = "How long items that run may go on, in milliseconds; what still runs then is ended.",
        HelpName = "MS",
        DefaultValueFactory = _ => DefaultGraceMs,
        CustomParser = result => NumberRange.Parse(result, 0) ?? 0,
    };

    private static readonly Option<bool> Now = new("--now") { Description = "The same as --grace 0." };

    public static VerbCommand Create() => new VerbCommand(
        "cancel", "Ends a job: nothing new starts, and what runs has a grace. What is done stays.", "rowen cancel J1", "rowen cancel J1 --now")
        .WithJob()
        .With(Grace)
        .With(Now)
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        TimeSpan grace = TimeSpan.FromMilliseconds(run.Get(Now) ? 0 : run.Get(Grace));
        JobStatus status = await run.FindJob().CancelAsync(grace, cancellationToken);
        new JobScreen(run).End(status);
        return ExitCode.Done;
    }
}
