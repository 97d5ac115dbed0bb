using System.Globalization;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.Commands;
using Rowen.Protocol.Errors;
using Rowen.Runs;

namespace Rowen.Cli.Runs;

/// <summary><c>rowen logs R7 [ITEM] [-f]</c>: what items printed, from the run's log.</summary>
internal sealed class RunLogs(VerbRun run, string name, long? item, bool isError, bool isFollowing)
{
    private static readonly TimeSpan FollowPeriod = TimeSpan.FromMilliseconds(300);

    private long _toldCount;

    public async Task<int> ShowAsync(CancellationToken cancellationToken)
    {
        string folder = RunStore.OfUser().Find(name);
        using var log = new RunLogReader(Path.Combine(folder, StoredRun.LogName));
        while (true)
        {
            bool isOver = !RunStore.IsRunning(folder); // first: what was written before the end is found after it
            await ShowNewAsync(log, isOver, cancellationToken);
            if (isOver || !isFollowing || (item is not null && _toldCount > 0))
            {
                return Finish(log, isOver);
            }

            await Task.Delay(FollowPeriod, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>The last record of an item counts: it was run again after a lease was lost.</summary>
    private async Task ShowNewAsync(RunLogReader log, bool isOver, CancellationToken cancellationToken)
    {
        IEnumerable<RunLogPlace> places = log.FindNew(isOver).Where(place => item is null || place.Entry.Index == item);
        if (!isFollowing)
        {
            places = places.GroupBy(place => place.Entry.Index).OrderBy(group => group.Key).Select(group => group.Last());
        }

        foreach (RunLogPlace place in places)
        {
            await ShowAsync(place.Entry.Index, log.Read(place), cancellationToken);
            _toldCount++;
        }
    }

    private async Task ShowAsync(long index, RunRecord record, CancellationToken cancellationToken)
    {
        CommandReport report = record.Report;
        var outcome = new CommandOutcome(index, report, error: null);
        if (run.IsJson)
        {
            run.WriteJson(
                new ItemLogAnswer(
                    name, index, report.ExitCode, report.Signal, record.Code, record.Message, report.NodeName, outcome.Duration.TotalSeconds,
                    outcome.ProcessorTime.TotalSeconds, report.PeakMemoryBytes, outcome.StandardOutputText, outcome.StandardErrorText,
                    report.Output.TotalBytes, report.Error.TotalBytes),
                RunAnswersJson.Default.ItemLogAnswer);
            return;
        }

        await VerbRun.WriteBytesAsync(isError ? outcome.StandardError : outcome.StandardOutput, cancellationToken);
        if (record.Message is { } message && item is not null)
        {
            await run.Error.WriteLineAsync(ErrorLine.Of($"item {ItemValues.TextOf(index)}", new ErrorAnswer(record.Code, message), isJson: false));
        }
    }

    private int Finish(RunLogReader log, bool isOver)
    {
        if (log.SkippedBytes > 0)
        {
            run.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"rowen logs: {log.SkippedBytes} bytes of {name}'s log are damaged or incomplete; the items that they belong to are missing above."));
            return ExitCode.Failed;
        }

        return item is { } wanted && _toldCount == 0
            ? throw new RowenException(
                ErrorCode.BadRequest,
                $"{name} has nothing of item {wanted}: {(isOver ? "it was not run to its end" : "it has not ended yet; -f waits for it")}.")
            : ExitCode.Done;
    }
}
