using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.Jobs;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Cli.Jobs;

/// <summary><c>rowen logs J7 [ITEM] [-f]</c> of a job that runs a function: the logs of its leases, which their nodes keep.</summary>
internal sealed class FunctionJobLogs(VerbRun run, Job job, long? item, string stream, bool isFollowing)
{
    private static readonly TimeSpan FollowPeriod = TimeSpan.FromSeconds(1);

    private readonly Dictionary<LeaseId, LeaseLog> _logs = [];
    private readonly HashSet<LeaseId> _ended = [];

    public async Task<int> ShowAsync(CancellationToken cancellationToken)
    {
        using ManagerClient manager = run.Connect();
        while (true)
        {
            bool isOver = job.ReadStatus().HasEnded; // first: leases that came before the end are found after it
            LeaseId[] leases = [.. FindLeases(isOver).Where(lease => !_ended.Contains(lease))];
            foreach (LeaseId lease in leases)
            {
                await ShowNewAsync(manager, lease, isAlone: leases.Length == 1, cancellationToken);
            }

            if (isOver || !isFollowing)
            {
                return ExitCode.Done;
            }

            await Task.Delay(FollowPeriod, TimeProvider.System, cancellationToken);
        }
    }

    private async Task ShowNewAsync(ManagerClient manager, LeaseId lease, bool isAlone, CancellationToken cancellationToken)
    {
        try
        {
            LeaseLog log = _logs.TryGetValue(lease, out LeaseLog? known) ? known : _logs[lease] = new LeaseLog(run, manager, lease, stream);
            if (await log.ShowNewAsync(cancellationToken))
            {
                _ended.Add(lease);
            }
        }
        catch (RowenException exception) when (!isAlone && exception.Code != ErrorCode.ManagerUnreachable)
        {
            _ended.Add(lease);
            await run.Error.WriteLineAsync(ErrorLine.Of($"{lease}", new ErrorAnswer(exception.Code, exception.Message), isJson: false)); // the others' are to be had
        }
    }

    /// <summary>Those that have run items of the job, in the order of their lanes; of an item, the one that ran it.</summary>
    private IEnumerable<LeaseId> FindLeases(bool isOver)
    {
        using JobResults results = JobResults.Open(job.Files);
        JobHistory history = results.History;
        IEnumerable<JobLane> lanes = history.Lanes.OrderBy(lane => lane.Key).Select(lane => lane.Value);
        if (item is { } wanted)
        {
            lanes = LaneOf(history, wanted, isOver) is { } lane ? [lane] : [];
        }

        return [.. lanes.Select(lane => LeaseId.Parse(lane.Lease, provider: null)).Distinct()];
    }

    private JobLane? LaneOf(JobHistory history, long wanted, bool isOver)
    {
        JobLogs.RequireItem(job, history, wanted);
        if (history.States[(int)wanted] != ItemState.Pending)
        {
            SettledItem settled = history[wanted];
            return history.Lanes.GetValueOrDefault((settled.Run, settled.Record.Lane));
        }

        return isFollowing && !isOver
            ? null
            : throw new RowenException(ErrorCode.BadRequest, $"{job.Id} has not run item {wanted} to its end{(isOver ? string.Empty : "; -f waits for it")}.");
    }
}
