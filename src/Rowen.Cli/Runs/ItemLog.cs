using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.Commands;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Runs;

/// <summary>Shows what one item after the other has printed.</summary>
/// <param name="run">What the user typed.</param>
/// <param name="name">The run or job.</param>
/// <param name="item">The item that is asked for; null: all.</param>
/// <param name="isError">Standard error instead of standard output.</param>
internal sealed class ItemLog(VerbRun run, string name, long? item, bool isError)
{
    /// <summary>What was shown of one item while it ran; null: nobody looked.</summary>
    public LiveItem? Live { get; init; }

    /// <summary>How many were shown.</summary>
    public long ShownCount { get; private set; }

    /// <summary>Shows one.</summary>
    /// <param name="index">Its number.</param>
    /// <param name="report">What it has left.</param>
    /// <param name="code">Why it failed.</param>
    /// <param name="message">The same in a sentence, or null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task ShowAsync(long index, CommandReport report, ErrorCode code, string? message, CancellationToken cancellationToken)
    {
        ShownCount++;
        var outcome = new CommandOutcome(index, report, error: null);
        if (run.IsJson)
        {
            run.WriteJson(
                new ItemLogAnswer(
                    name, index, report.ExitCode, report.Signal, code, message, report.NodeName, outcome.Duration.TotalSeconds,
                    outcome.ProcessorTime.TotalSeconds, report.PeakMemoryBytes, outcome.StandardOutputText, outcome.StandardErrorText,
                    report.Output.TotalBytes, report.Error.TotalBytes),
                RunAnswersJson.Default.ItemLogAnswer);
            return;
        }

        KeptOutput kept = isError ? report.Error : report.Output;
        await VerbRun.WriteBytesAsync(kept.ToBytesFrom(Live?.Item == index ? Live.ShownBytes : 0), cancellationToken);
        if (message is not null && item is not null)
        {
            await run.Error.WriteLineAsync(ErrorLine.Of($"item {ItemValues.TextOf(index)}", new ErrorAnswer(code, message), isJson: false));
        }
    }

    /// <summary>Nothing is known of an item that was asked for.</summary>
    /// <param name="isOver">Nothing will be.</param>
    /// <exception cref="RowenException">So it is.</exception>
    public void RequireShown(bool isOver)
    {
        if (item is { } wanted && ShownCount == 0)
        {
            throw new RowenException(
                ErrorCode.BadRequest,
                $"{name} has nothing of item {wanted}: {(isOver ? "it was not run to its end" : "it has not ended yet; -f waits for it")}.");
        }
    }
}
