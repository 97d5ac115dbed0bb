using System.Diagnostics;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.Commands;
using Rowen.Protocol.Errors;
using Rowen.Runs;

namespace Rowen.Cli.Runs;

/// <summary>One run of <c>rowen run</c>: keeps what comes back, shows how far it is, and sums up.</summary>
internal sealed class ForegroundRun(VerbRun run, RunOptionSet options, RunPlan plan, StoredRun stored)
{
    private const int MaxToldKinds = 10;
    private const int MaxToldItems = 10;

    private readonly FailureTally _failures = new();
    private readonly RunScreen _screen = new(run.Error, stored.Name, run.IsJson, !Console.IsErrorRedirected, TimeProvider.System);
    private long _done;

    public async Task<int> RunAsync(RowenClient client, CancellationToken cancellationToken)
    {
        long startedAt = Stopwatch.GetTimestamp();
        bool isSingle = plan.Source.Count == 1;
        _screen.Begin(plan.Source.Count, stored.Folder);
        IEnumerable<CommandItem> items = plan.Source.Count is <= int.MaxValue and { } count
            ? new CountedSequence<CommandItem>(plan.Commands, (int)count)
            : plan.Commands;
        RowenException? stopped = null;
        using var live = new LiveOutput(Path.Combine(stored.Folder, LiveOutput.FolderName));
        try
        {
            await foreach (CommandOutcome outcome in client.RunAsCompletedAsync(items, options.CreateOptions(run, _screen) with { Live = live }, cancellationToken))
            {
                Keep(outcome);
                if (!run.IsJson && (isSingle || run.Get(options.Print)))
                {
                    _screen.Print(outcome);
                }
            }
        }
        catch (MapException) when (_failures.Count > 0)
        {
            // The outcome that ended the run was kept, and is told below.
        }
        catch (RowenException exception)
        {
            stopped = exception;
        }
        finally
        {
            _screen.End();
            Summarize(Stopwatch.GetElapsedTime(startedAt), isInterrupted: cancellationToken.IsCancellationRequested);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return stopped is not null ? throw stopped : _failures.Count == 0 ? ExitCode.Done : ExitCode.FunctionFailed;
    }

    private void Keep(CommandOutcome outcome)
    {
        stored.Log.Append(outcome.Index, RunRecord.Of(outcome));
        plan.Command.SaveFiles(outcome, stored.Folder);
        if (outcome.Error is null)
        {
            _done++;
        }
        else
        {
            _failures.Add(outcome);
        }
    }

    private void Summarize(TimeSpan duration, bool isInterrupted)
    {
        IReadOnlyList<RunFailure> failures = _failures.ToList();
        long leftCount = Math.Max(0, (plan.Source.Count ?? plan.Source.Items.LongCount()) - _done - _failures.Count);
        if (run.IsJson)
        {
            run.WriteJson(
                new RunAnswer
                {
                    Run = stored.Name,
                    Folder = stored.Folder,
                    Done = _done,
                    Failed = _failures.Count,
                    NotRun = leftCount,
                    Retries = _screen.Retries,
                    Seconds = duration.TotalSeconds,
                    Failures = failures,
                },
                RunAnswersJson.Default.RunAnswer);
            return;
        }

        foreach (RunFailure failure in failures.Take(MaxToldKinds))
        {
            string items = string.Join(", ", failure.Items.Take(MaxToldItems));
            string more = failure.Count > Math.Min(failure.Items.Count, MaxToldItems) ? ", …" : string.Empty;
            run.Error.WriteLine($"{Units.Count(failure.Count)} × {failure.Kind} (item {items}{more}): {ErrorLine.OneLine(failure.Message)}");
        }

        string failed = _failures.Count == 0 ? string.Empty : $", {Units.Count(_failures.Count)} failed";
        string interrupted = isInterrupted ? "stopped: " : string.Empty;
        string retried = _screen.Retries.Total == 0 ? string.Empty : $", {RetryText.Of(_screen.Retries)}";
        string left = leftCount == 0 ? string.Empty : $", {Units.Count(leftCount)} not run, or not to the end";
        run.Error.WriteLine($"{stored.Name}: {interrupted}{Units.Count(_done)} done{failed}{retried}{left}, in {Units.Duration(duration)}. What they printed: rowen logs {stored.Name}");
    }
}
