using Rowen.Cli.Output;
using Rowen.Cli.Runs;
using Rowen.Cli.Verbs;
using Rowen.Commands;
using Rowen.Jobs;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Jobs;

/// <summary><c>rowen logs J7 [ITEM] [-f]</c>: what the commands of a job have printed, from its journal.</summary>
internal sealed class JobLogs(VerbRun run, Job job, long? item, bool isError, bool isFollowing)
{
    /// <summary>Each look reads the journal anew, which takes a tenth of a second for a hundred thousand items.</summary>
    private static readonly TimeSpan FollowPeriod = TimeSpan.FromSeconds(1);

    private readonly ItemLog _shown = new(run, job.Id.ToString(), item, isError)
    {
        Live = isFollowing && !run.IsJson && (item ?? OnlyItemOrNone(job)) is { } watched ? new LiveItem(job.Files.Live, watched, isError) : null,
    };

    private readonly HashSet<long> _told = [];

    public async Task<int> ShowAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            bool isOver = job.ReadStatus().HasEnded; // first: what was written before the end is found after it
            await ShowNewAsync(cancellationToken);
            if (isOver || !isFollowing || (item is not null && _shown.ShownCount > 0))
            {
                _shown.RequireShown(isOver);
                return ExitCode.Done;
            }

            await (_shown.Live?.ShowNewAsync(cancellationToken) ?? Task.CompletedTask);
            await Task.Delay(FollowPeriod, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>There must be such an item.</summary>
    /// <exception cref="RowenException">There is none.</exception>
    public static void RequireItem(Job job, JobHistory history, long item)
    {
        if (item < 0 || item >= history.ItemCount)
        {
            throw new RowenException(ErrorCode.BadRequest, $"{job.Id} has no item {item}: it has {history.ItemCount}, counted from 0.");
        }
    }

    private static long? OnlyItemOrNone(Job job) => JobReading.ReadDescription(job.Files).Items.Count == 1 ? 0 : null;

    private async Task ShowNewAsync(CancellationToken cancellationToken)
    {
        using JobResults results = JobResults.Open(job.Files);
        JobHistory history = results.History;
        if (item is { } asked)
        {
            RequireItem(job, history, asked);
        }

        IEnumerable<long> wanted = item is { } one ? [one] : AllSettled(history);
        foreach (long index in wanted.Where(index => history.States[(int)index] != ItemState.Pending && _told.Add(index)))
        {
            await ShowAsync(results, index, cancellationToken);
        }
    }

    /// <summary>In the order of the items; while somebody follows, in the order in which they ended.</summary>
    private IEnumerable<long> AllSettled(JobHistory history)
    {
        IEnumerable<long> settled = Enumerable.Range(0, (int)history.ItemCount).Select(index => (long)index).Where(index => history.States[(int)index] != ItemState.Pending);
        return isFollowing ? settled.OrderBy(index => history[index].Position) : settled;
    }

    private async Task ShowAsync(JobResults results, long index, CancellationToken cancellationToken)
    {
        JobFault? fault = results.History.States[(int)index] == ItemState.Failed ? results.ReadFault(index) : null;
        CommandReport report = results.ReadReportOrNone(index) ?? new CommandReport();
        await _shown.ShowAsync(index, report, fault?.Code ?? ErrorCode.None, fault?.Message, cancellationToken);
    }
}
