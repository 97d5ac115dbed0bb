using System.CommandLine;
using System.Globalization;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.Jobs;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Cli.Jobs;

/// <summary><c>rowen jobs</c>.</summary>
internal static class JobsVerb
{
    private static readonly Option<bool> Prune = new("--prune")
    {
        Description = "Removes jobs first that ended more than 30 days ago, and the oldest while all together have more than 10 GiB. `rowen submit` does so, too.",
    };

    public static VerbCommand Create() => new VerbCommand(
        "jobs", "Lists the jobs of this user, and how far they are.", "rowen jobs", "rowen jobs --output json", "rowen jobs --prune")
        .With(JobOptionSet.Folder)
        .With(Prune)
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        JobStore store = run.Store();
        if (run.Get(Prune))
        {
            using IDisposable held = await store.LockAsync(cancellationToken)
                ?? throw new RowenException(ErrorCode.JobInUse, $"Another process is adding or removing jobs in {store.Folder}. Try again.");
            JobPruning.Prune(store, JobPruning.Default, TimeProvider.System.GetUtcNow());
        }

        JobStatus[] jobs = [.. store.List().Select(id => StatusOf(store, id))];
        if (run.IsJson)
        {
            run.WriteJson(jobs, JobAnswers.Default.JobStatusArray);
            return ExitCode.Done;
        }

        var table = new Table("job", "name", "state", "done", "failed", "items", "submitted", "reason")
        {
            Numbers = [3, 4, 5],
            WhenEmpty = $"No job in {store.Folder}. `rowen submit` makes one.",
        };
        foreach (JobStatus job in jobs)
        {
            table.Add(
                job.Id.ToString(), ErrorLine.OneLine(job.Name.Length > 0 ? job.Name : job.Function), JobLine.NameOf(job.State), Units.Count(job.Done),
                Units.Count(job.Failed), Units.Count(job.Total),
                job.SubmittedAt.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), ErrorLine.OneLine(job.Reason));
        }

        run.Write(table);
        return ExitCode.Done;
    }

    /// <summary>One job whose files are spoilt must not hide the others.</summary>
    private static JobStatus StatusOf(JobStore store, JobId id)
    {
        try
        {
            return new Job(store, id).ReadStatus();
        }
        catch (RowenException exception)
        {
            return new JobStatus { Id = id, State = JobState.Stopped, Reason = exception.Message };
        }
    }
}
