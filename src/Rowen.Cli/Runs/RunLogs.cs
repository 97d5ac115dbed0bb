using System.Globalization;
using System.Text.Json;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.Commands;
using Rowen.Runs;

namespace Rowen.Cli.Runs;

/// <summary><c>rowen logs R7 [ITEM] [-f]</c>: what items printed, from the run's log.</summary>
internal sealed class RunLogs(VerbRun run, string name, long? item, bool isError, bool isFollowing)
{
    private static readonly TimeSpan FollowPeriod = TimeSpan.FromMilliseconds(300);

    private ItemLog _shown = null!; // made in ShowAsync

    public async Task<int> ShowAsync(CancellationToken cancellationToken)
    {
        string folder = RunStore.OfUser().Find(name);
        LiveItem? live = isFollowing && !run.IsJson && (item ?? OnlyItemOrNone(folder)) is { } watched
            ? new LiveItem(Path.Combine(folder, LiveOutput.FolderName), watched, isError)
            : null;
        _shown = new ItemLog(run, name, item, isError) { Live = live };
        using var log = new RunLogReader(Path.Combine(folder, StoredRun.LogName));
        while (true)
        {
            bool isOver = !RunStore.IsRunning(folder); // first: what was written before the end is found after it
            await ShowNewAsync(log, isOver, cancellationToken);
            if (isOver || !isFollowing || (item is not null && _shown.ShownCount > 0))
            {
                return Finish(log, isOver);
            }

            await (live?.ShowNewAsync(cancellationToken) ?? Task.CompletedTask);
            await Task.Delay(FollowPeriod, TimeProvider.System, cancellationToken);
        }
    }

    private static long? OnlyItemOrNone(string folder)
    {
        using FileStream file = File.OpenRead(Path.Combine(folder, StoredRun.DescriptionName));
        return JsonSerializer.Deserialize(file, RunJson.Default.RunDescription)?.ItemCount == 1 ? 0 : null;
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
            RunRecord record = log.Read(place);
            await _shown.ShowAsync(place.Entry.Index, record.Report, record.Code, record.Message, cancellationToken);
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

        _shown.RequireShown(isOver);
        return ExitCode.Done;
    }
}
