using Rowen.Cli.Verbs;
using Rowen.Jobs;

namespace Rowen.Cli.Jobs;

/// <summary><c>rowen attach J7</c> and <c>rowen wait J7</c>.</summary>
internal static class AttachVerb
{
    private const int MaxToldGroups = 10;

    public static VerbCommand Create() => new VerbCommand(
        "attach", "Shows how far a job is until it ends, why nothing runs, and at the end what failed, by cause. Ctrl-C leaves it running.", "rowen attach J1")
        .WithJob()
        .Runs((run, cancellationToken) => RunAsync(run, isQuiet: false, cancellationToken));

    public static VerbCommand CreateWait() => new VerbCommand(
        "wait", "Waits until a job ends. Its exit code says how: 0 with every result, 4 if items failed, 1 otherwise.", "rowen wait J1 && rowen results J1")
        .WithJob()
        .Runs((run, cancellationToken) => RunAsync(run, isQuiet: true, cancellationToken));

    private static async Task<int> RunAsync(VerbRun run, bool isQuiet, CancellationToken cancellationToken)
    {
        Job job = run.FindJob();
        var screen = new JobScreen(run);
        try
        {
            JobStatus end = await job.WaitAsync(isQuiet || run.IsJson ? null : screen, cancellationToken);
            screen.End(end);
            if (end.Failed > 0 && !isQuiet && !run.IsJson)
            {
                using JobResults results = JobResults.Open(job.Files);
                FailureGroups.Write(run, job.Id, [.. FailureGroups.Of(results).Take(MaxToldGroups)]);
            }

            return JobExit.Of(end.State);
        }
        catch (OperationCanceledException)
        {
            screen.Leave(job);
            throw;
        }
    }
}
