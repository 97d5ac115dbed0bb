using System.CommandLine;
using System.CommandLine.Parsing;
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
        Description = $"Removes jobs first that have not changed for 30 days, and the oldest that have ended while all together have more than 10 GiB; or what {JobRetention.FileName} in the folder says. `rowen submit` does so, too. What runs stays.",
    };

    private static readonly Option<TimeSpan?> MaxAge = new("--max-age")
    {
        Description = "With --prune: another age, this time, such as 7d.",
        HelpName = "TIME",
        CustomParser = result => TimeText.Parse(result),
    };

    private static readonly Option<long?> MaxSize = new("--max-size")
    {
        Description = "With --prune: another size of all jobs together, this time, such as 2G.",
        HelpName = "SIZE",
        CustomParser = ParseSize,
    };

    public static VerbCommand Create() => new VerbCommand(
        "jobs", "Lists the jobs of this user, and how far they are.", "rowen jobs", "rowen jobs --output json", "rowen jobs --prune", "rowen jobs --prune --max-age 7d --max-size 2G")
        .Checks(command => command.GetResult(Prune) is null && (command.GetResult(MaxAge) ?? command.GetResult(MaxSize)) is { } stray ? $"{stray.Option.Name} belongs to --prune." : null)
        .With(JobOptionSet.Folder)
        .With(Prune).With(MaxAge).With(MaxSize)
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        JobStore store = run.Store();
        if (run.Get(Prune))
        {
            using IDisposable held = await store.LockAsync(cancellationToken)
                ?? throw new RowenException(ErrorCode.JobInUse, $"Another process is adding or removing jobs in {store.Folder}. Try again.");
            JobRetention said = JobRetention.Read(store);
            JobRetention retention = said with { MaxAge = run.Get(MaxAge) ?? said.MaxAge, MaxBytes = run.Get(MaxSize) ?? said.MaxBytes };
            IReadOnlyList<JobId> removed = JobPruning.Prune(store, retention, TimeProvider.System.GetUtcNow());
            await run.Error.WriteLineAsync($"rowen jobs: {(removed.Count == 0 ? "nothing was removed." : $"removed {string.Join(", ", removed)}.")}");
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

    private static long? ParseSize(ArgumentResult result)
    {
        if (Units.TryParseBytes(result.Tokens[0].Value, out long bytes))
        {
            return bytes;
        }

        result.AddError($"'{result.Tokens[0].Value}' is no size: sizes look like 512M or 4G.");
        return null;
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
