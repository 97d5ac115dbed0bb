using System.CommandLine;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;

namespace Rowen.Cli.Jobs;

/// <summary><c>rowen resume J7</c> and <c>rowen rerun J7 --failed</c>.</summary>
internal static class RestartVerbs
{
    private static readonly Option<bool> Failed = new("--failed") { Description = "Runs the items again that have failed. What is done never runs again.", Required = true };

    public static VerbCommand CreateResume() => new VerbCommand(
        "resume", "Goes on with a job whose process ended, was killed or lost its machine, or whose items failed because a store did. No item that is done runs again.", "rowen resume J1")
        .WithJob()
        .Runs(async (run, cancellationToken) =>
        {
            Job job = run.FindJob();
            await job.ResumeAsync(cancellationToken);
            return Tell(run, job);
        });

    public static VerbCommand CreateRerun() => new VerbCommand(
        "rerun", "Runs the items of a job again that have failed.", "rowen rerun J1 --failed")
        .WithJob()
        .With(Failed)
        .Runs(async (run, cancellationToken) =>
        {
            Job job = run.FindJob();
            await job.RerunFailedAsync(cancellationToken);
            return Tell(run, job);
        });

    private static int Tell(VerbRun run, Job job)
    {
        JobStatus status = job.ReadStatus();
        if (run.IsJson)
        {
            run.WriteJson(status, JobAnswers.Default.JobStatus);
        }
        else
        {
            run.WriteLine(JobLine.Of(status));
        }

        return ExitCode.Done;
    }
}
