using System.CommandLine;
using System.Globalization;
using Rowen.Cli.Output;
using Rowen.Cli.Runs;
using Rowen.Cli.Verbs;
using Rowen.Jobs;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Cli.Jobs;

/// <summary><c>rowen explain J7</c> and <c>rowen explain J7 42</c>.</summary>
internal static class ExplainVerb
{
    private const int MaxResultLength = 2_000;

    private static readonly Argument<string> What = new("WHAT") { Description = "A job, a lease or a node, such as J7, L42 or N3; a node also by its name." };

    private static readonly Argument<long?> Item = new("ITEM") { Description = "An item's position, from 0.", Arity = ArgumentArity.ZeroOrOne };

    public static VerbCommand Create() => new VerbCommand(
        "explain",
        "Says where a job stands, why nothing runs, and why items failed; what became of one item; what a lease waits for; or how it stands with a node.",
        "rowen explain J1",
        "rowen explain J1 42",
        "rowen explain L5",
        "rowen explain N2",
        "rowen explain nid00042")
        .WithCluster().With(What).With(Item).With(JobOptionSet.Folder)
        .Runs(RunAsync);

    private static Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        string what = run.Get(What)!;
        return JobId.TryParse(what, null, out JobId job)
                ? Task.FromResult(run.Get(Item) is { } item ? ExplainItem(run, job, item) : ExplainJob(run, job))
            : LeaseId.TryParse(what, null, out LeaseId lease) ? PlaceReading.ExplainLeaseAsync(run, lease, cancellationToken)
            : PlaceReading.ExplainNodeAsync(run, what, cancellationToken);
    }

    private static int ExplainJob(VerbRun run, JobId id)
    {
        Job job = new(run.Store(), id);
        JobStatus status = job.ReadStatus();
        using JobResults results = JobResults.Open(job.Files);
        var answer = new ExplainAnswer(status, FailureGroups.Of(results));
        if (run.IsJson)
        {
            run.WriteJson(answer, JobAnswers.Default.ExplainAnswer);
            return ExitCode.Done;
        }

        JobDescription description = results.History.Description!;
        run.WriteLine(JobLine.Of(status));
        run.WriteLine(description.Command is { } command
            ? $"command    {ShellText.Of(command.Arguments)}"
            : $"function   {description.Function} of {description.PackageOrigin} ({description.Package[..Math.Min(12, description.Package.Length)]})");
        run.WriteLine($"items      {Units.Count(description.Items.Count)} from {description.Items.Origin}");
        run.WriteLine($"submitted  {description.SubmittedAt.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} by {description.SubmittedBy}, for {description.Cluster}");
        foreach (JobRun ran in results.History.Runs)
        {
            run.WriteLine($"run {ran.Number,-7}{Describe(ran, results.History.Ends.GetValueOrDefault(ran.Number))}");
        }

        run.WriteLine($"files      {job.Folder}");
        FailureGroups.Write(run, id, answer.Failures);
        return ExitCode.Done;
    }

    private static int ExplainItem(VerbRun run, JobId id, long item)
    {
        Job job = new(run.Store(), id);
        using JobResults results = JobResults.Open(job.Files);
        if (item < 0 || item >= results.History.ItemCount)
        {
            throw new RowenException(ErrorCode.BadRequest, $"{job.Id} has no item {item}: it has {results.History.ItemCount}, counted from 0.");
        }

        ItemAnswer answer = new ItemReading(job.Files, results).Read(item, withInput: true);
        if (run.IsJson)
        {
            run.WriteJson(answer, JobAnswers.Default.ItemAnswer);
            return ExitCode.Done;
        }

        run.WriteLine($"item {item} of {job.Id}: {(answer.Error is null ? answer.State.ToLowerInvariant() : $"failed ({answer.Error})")}");
        run.WriteLine($"input      {ErrorLine.OneLine(answer.Input ?? string.Empty)}");
        if (answer.StartedAt is { } startedAt)
        {
            run.WriteLine($"ran        {startedAt.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture)} for {Units.Duration(TimeSpan.FromMilliseconds(answer.DurationMs!.Value))}, in run {answer.Run}");
            run.WriteLine($"attempts   {answer.Attempts?.ToString(CultureInfo.InvariantCulture) ?? "not known"}");
            string logs = results.History.Description!.Command is null ? $"`rowen logs {answer.Lease}` shows what it printed, among others" : $"`rowen logs {job.Id} {item}` shows what it printed";
            run.WriteLine($"where      {answer.Node ?? "?"}, {answer.Lease ?? "?"}, lane {answer.Lane}: {logs}");
        }

        WriteOutcome(run, answer);
        return ExitCode.Done;
    }

    private static void WriteOutcome(VerbRun run, ItemAnswer answer)
    {
        if (answer.Error is not null)
        {
            run.WriteLine($"error      {answer.Message}");
            run.WriteLine(answer.RemoteStack ?? string.Empty);
        }
        else if ((answer.Text ?? answer.Base64) is { } result)
        {
            run.WriteLine($"result     {(result.Length <= MaxResultLength ? result : $"{result[..MaxResultLength]} …")}");
        }
        else
        {
            run.WriteLine("           It has not been settled yet: it waits, or runs now.");
        }
    }

    private static string Describe(JobRun run, JobRunEnd? end) => string.Create(
        CultureInfo.InvariantCulture,
        $"{run.At.ToLocalTime():yyyy-MM-dd HH:mm:ss}, process {run.ProcessId} on {run.Host}{(run.RerunsFailed ? ", again for what failed" : string.Empty)}: "
        + $"{(end is null ? "no end is written down" : $"{JobLine.NameOf(end.State)} at {end.At.ToLocalTime():HH:mm:ss}{(end.Retries.Total == 0 ? string.Empty : $", {RetryText.Of(end.Retries)}")}. {end.Reason}")}");
}
