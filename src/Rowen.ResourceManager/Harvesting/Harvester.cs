using System.Globalization;
using Rowen.Protocol.Audits;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Harvests;
using Rowen.ResourceManager.Auditing;

namespace Rowen.ResourceManager.Harvesting;

/// <summary>
/// Fetches idle nodes from the batch system while leases wait for them, and gives them back when none do. Owns everything that is
/// known about pilots; asks the lease table, and tells it, through the manager's loop.
/// </summary>
internal sealed class Harvester
{
    private const int MaxFailuresInRow = 5;

    /// <summary>How often needs are looked at. It is the manager's own question: no call of the batch system.</summary>
    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(250);

    /// <summary>How long the last words to the batch system may take.</summary>
    private static readonly TimeSpan EndBound = TimeSpan.FromSeconds(10);

    /// <summary>Nodes come and go within minutes; what is as old as so many looks is looked at again before it is built on.</summary>
    private const int OldAfterPeriods = 4;

    private readonly HarvestSettings _settings;
    private readonly IBatchSystem _batch;
    private readonly ManagerLoop _loop;
    private readonly FrozenMark _frozen;
    private readonly AuditLog _audit;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _startedAt;
    private readonly PilotTable _pilots = new();
    private readonly HarvestPlan _plan;
    private readonly CallBudget _budget;
    private readonly JobLending _lending;
    private readonly List<(string Job, Task Step)> _steps = [];
    private readonly BackOff _submitting = new(MaxFailuresInRow);
    private readonly BackOff _looking = new(int.MaxValue);
    private readonly Lock _lock = new();
    private HarvestNeeds _needs = new([], [], IsLeaving: false);
    private HarvestState _state = HarvestState.None with { Note = "harvesting begins" };
    private HarvestView _view = new();
    private long _pilotsSeenAtMs = -1;
    private long _nodesSeenAtMs = -1;
    private long _freezeGraceMs;

    public Harvester(HarvestSettings settings, IBatchSystem batch, ManagerLoop loop, FrozenMark frozen, AuditLog audit, TimeProvider time, ILogger<Harvester> logger)
    {
        _settings = settings;
        _batch = batch;
        _loop = loop;
        _frozen = frozen;
        _audit = audit;
        _time = time;
        _logger = logger;
        _startedAt = time.GetTimestamp();
        _plan = new HarvestPlan(settings) { IsFrozen = frozen.IsSet };
        _lending = new JobLending(settings.MaxNodes);
        _budget = new CallBudget(settings.PollPeriod);
    }

    /// <summary>What is harvested now, for people. Any thread may ask.</summary>
    public HarvestView View
    {
        get
        {
            lock (_lock)
            {
                return _view;
            }
        }
    }

    private long NowMs => (long)_time.GetElapsedTime(_startedAt).TotalMilliseconds;

    /// <summary>Runs until it is cancelled, or the cluster is taken down.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!_needs.IsLeaving)
            {
                await StepAsync(cancellationToken);
                await Task.Delay(TickPeriod, _time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The manager ends; what it has asked for stays, for the next one.
        }
        catch (RowenException exception) when (exception.Code == ErrorCode.ManagerUnreachable)
        {
            // The loop has ended before us.
        }
    }

    /// <summary>The cluster has been taken down, and <see cref="RunAsync"/> has ended: what has not joined yet shall not begin.</summary>
    public async Task EndAsync()
    {
        string[] coming = [.. _pilots.Coming.Select(pilot => pilot.Id)];
        if (coming.Length == 0)
        {
            return;
        }

        using var bound = new CancellationTokenSource(EndBound, _time);
        try
        {
            await _batch.CancelAsync(coming, bound.Token);
            NoteCancelled(coming, "the cluster was taken down");
            HarvestLog.TakenBack(_logger, string.Join(", ", coming));
        }
        catch (Exception exception) when (exception is RowenException or OperationCanceledException)
        {
            HarvestLog.LeftBehind(_logger, string.Join(' ', coming), exception.Message);
        }
    }

    /// <summary>No new pilots, and back with all nodes; or on again, also after too many failures.</summary>
    /// <param name="isFrozen">Which.</param>
    /// <param name="grace">How long running invocations may finish.</param>
    public void Freeze(bool isFrozen, TimeSpan grace)
    {
        lock (_lock)
        {
            _frozen.Set(isFrozen);
            _plan.IsFrozen = isFrozen;
            _freezeGraceMs = (long)grace.TotalMilliseconds;
            _submitting.Reset();
        }
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        HarvestState state = _state;
        HarvestNeeds needs = await _loop.AskAsync((table, nowMs, _) => table.DescribeNeeds(state, nowMs), cancellationToken);
        _needs = needs with { Nodes = [.. needs.Nodes.Where(node => _pilots.Knows(node.BatchJob))] };
        if (_pilots.Joined(_needs.Nodes))
        {
            _submitting.Reset();
        }

        await LookAsync(cancellationToken);
        HarvestActions actions;
        lock (_lock)
        {
            actions = _plan.Decide(_needs, _pilots, NowMs);
        }

        await CancelAsync(actions.Cancel, cancellationToken);
        await SendAwayAsync(actions.SendAway, cancellationToken);
        await SubmitAsync(actions.SubmitCount, cancellationToken);
        await LendAsync(needs, cancellationToken);
        Tell();
    }

    /// <summary>Asks the batch system one question, if there is something to learn and the budget allows it.</summary>
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        bool needsNodes = _needs.Waiting.Count > 0 || _settings.HeadStart > 0;
        bool nodesAreDue = needsNodes && IsOld(_nodesSeenAtMs);
        bool pilotsAreDue = _pilotsSeenAtMs < 0 || _pilots.Coming.Count > 0 || (_needs.Waiting.Count > 0 && IsOld(_pilotsSeenAtMs));
        if ((!nodesAreDue && !pilotsAreDue) || !_looking.MayTry(NowMs) || !_budget.TryTake(NowMs))
        {
            return;
        }

        long askedAtMs = NowMs;
        try
        {
            if (nodesAreDue && (_nodesSeenAtMs < 0 || !pilotsAreDue || _nodesSeenAtMs < _pilotsSeenAtMs))
            {
                _plan.BatchNodes = await _batch.ListNodesAsync(cancellationToken);
                _nodesSeenAtMs = askedAtMs;
            }
            else
            {
                BatchQueue queue = await _batch.ListJobsAsync(cancellationToken);
                SeePilots(queue.Pilots, askedAtMs);
                _lending.See(queue.Lenders);
                _pilotsSeenAtMs = askedAtMs;
            }

            _looking.Reset();
        }
        catch (RowenException exception)
        {
            _looking.Fail(exception.Message, NowMs);
            HarvestLog.LookFailed(_logger, exception.Message, _looking.RestMs(NowMs));
        }
        finally
        {
            _budget.Answered(askedAtMs, NowMs);
        }
    }

    private bool IsOld(long seenAtMs) => seenAtMs < 0 || NowMs >= seenAtMs + (long)(OldAfterPeriods * _settings.PollPeriod.TotalMilliseconds);

    private void SeePilots(IReadOnlyList<PilotJob> jobs, long askedAtMs)
    {
        IReadOnlyList<string> failures = _pilots.See(jobs, askedAtMs);
        if (failures.Count > 0)
        {
            _submitting.Fail($"{failures[0]}; see its log in {Slurm.PilotScript.LogFolder(_settings.ClusterPath)}", NowMs); // several at once have one cause
        }

        foreach (string failure in failures)
        {
            HarvestLog.PilotFailed(_logger, failure);
            Note(AuditEvent.PilotFailed, null, failure);
        }
    }

    private async Task SubmitAsync(int count, CancellationToken cancellationToken)
    {
        if (count == 0 || _pilotsSeenAtMs < 0 || _nodesSeenAtMs < 0 || !_submitting.MayTry(NowMs))
        {
            return;
        }

        string[] asleep = [.. _plan.BatchNodes.Where(node => node.IsAsleep).Select(node => node.Name)];
        if (asleep.Length == _plan.BatchNodes.Count)
        {
            return; // a pilot would wake one
        }

        try
        {
            for (int i = 0; i < count; i++)
            {
                string job = await _batch.SubmitPilotAsync(asleep, cancellationToken);
                _pilots.Submitted(job, asleep, NowMs);
                HarvestLog.Submitted(_logger, job, _needs.Waiting.Count);
                Note(AuditEvent.PilotSubmitted, job, string.Create(CultureInfo.InvariantCulture, $"{_needs.Waiting.Count} leases wait"));
            }
        }
        catch (RowenException exception)
        {
            _submitting.Fail(exception.Message, NowMs);
            Note(AuditEvent.PilotFailed, null, exception.Message);
            HarvestLog.SubmitFailed(_logger, exception.Message, _submitting.RestMs(NowMs));
        }
    }

    private async Task CancelAsync(IReadOnlyList<string> jobs, CancellationToken cancellationToken)
    {
        if (jobs.Count == 0 || !_looking.MayTry(NowMs))
        {
            return;
        }

        try
        {
            await _batch.CancelAsync(jobs, cancellationToken);
            _pilots.TakenBack(jobs);
            NoteCancelled(jobs, _plan.IsFrozen ? "an administrator has frozen harvesting" : "nobody needs it any more");
            HarvestLog.TakenBack(_logger, string.Join(", ", jobs));
        }
        catch (RowenException exception)
        {
            _looking.Fail(exception.Message, NowMs);
            HarvestLog.LookFailed(_logger, exception.Message, _looking.RestMs(NowMs));
        }
    }

    private async Task SendAwayAsync(IReadOnlyList<HarvestedNode> nodes, CancellationToken cancellationToken)
    {
        if (nodes.Count == 0 || _needs.IsLeaving)
        {
            return;
        }

        string why = _plan.IsFrozen ? "an administrator wants it back" : "nothing has needed it for a while";
        long graceMs = _plan.IsFrozen ? _freezeGraceMs : 0;
        await _loop.AskAsync(
            (table, _, effects) =>
            {
                foreach (HarvestedNode node in nodes)
                {
                    table.SendAway(node, graceMs, why, effects);
                }

                return true;
            },
            cancellationToken);
        foreach (HarvestedNode node in nodes)
        {
            _audit.Write(new AuditEntry { Event = AuditEvent.PilotSentAway, Node = node.Id, Job = node.BatchJob, What = why });
        }

        HarvestLog.SentAway(_logger, string.Join(", ", nodes.Select(node => node.Id)), why);
    }

    private void NoteCancelled(IEnumerable<string> jobs, string why)
    {
        foreach (string job in jobs)
        {
            Note(AuditEvent.PilotCancelled, job, why);
        }
    }

    private void Note(AuditEvent what, string? job, string why) => _audit.Write(new AuditEntry { Event = what, Job = job, What = why });

    /// <summary>Takes jobs at their word that offer what they leave over, and hears how that ended.</summary>
    private async Task LendAsync(HarvestNeeds needs, CancellationToken cancellationToken)
    {
        foreach ((string job, Task step) in _steps.Where(each => each.Step.IsCompleted).ToArray())
        {
            _steps.Remove((job, step));
            try
            {
                await step;
            }
            catch (RowenException exception)
            {
                _lending.Fail(job, exception.Message, NowMs);
                HarvestLog.LendingFailed(_logger, job, exception.Message);
                Note(AuditEvent.LendingFailed, job, exception.Message);
            }
        }

        if (_plan.IsFrozen)
        {
            await SendAwayAsync([.. needs.Nodes.Where(node => node.TakesLeases && !_pilots.Knows(node.BatchJob))], cancellationToken); // pilots are the plan's
            return;
        }

        HashSet<string> joined = [.. needs.Nodes.Select(node => node.BatchJob)];
        foreach (LendingJob job in _lending.Begin(needs, joined, NowMs))
        {
            HarvestLog.Borrows(_logger, job.Id, job.NodeCount, job.Offer.Cores, job.Offer.MemoryBytes >> 20);
            Note(AuditEvent.LendingBegan, job.Id, string.Create(CultureInfo.InvariantCulture, $"it offers {job.Offer.Cores} cores on each of {job.NodeCount} nodes, and leases wait"));
            _steps.Add((job.Id, _batch.LendAsync(job, cancellationToken)));
        }
    }

    private void Tell()
    {
        string note = HarvestNote.Of(_settings, _plan, _pilots, _needs, _submitting, _looking, NowMs);
        _state = new HarvestState(_plan.Largest, _settings.MaxNodes, _pilots.All.Select(pilot => pilot.Id).ToHashSet(), note);
        var view = new HarvestView
        {
            BatchSystem = "slurm",
            IsFrozen = _plan.IsFrozen,
            Note = note,
            BatchNodes = [.. _plan.BatchNodes.Select(node => new BatchNodeView { Name = node.Name, State = node.State, IsIdle = node.IsIdle, IsAsleep = node.IsAsleep })],
            BatchNodesAgeMs = _nodesSeenAtMs < 0 ? null : NowMs - _nodesSeenAtMs,
            Pilots = [.. _pilots.All.Where(pilot => pilot.IsComing || _needs.Nodes.Any(node => node.BatchJob == pilot.Id)).Select(ViewOf)],
        };
        lock (_lock)
        {
            _view = view;
        }
    }

    private PilotView ViewOf(Pilot pilot)
    {
        HarvestedNode? node = _needs.Nodes.FirstOrDefault(each => each.BatchJob == pilot.Id);
        return new PilotView
        {
            Job = pilot.Id,
            State = node is not null ? "joined" : pilot.Job.Phase == PilotPhase.Pending ? "waiting" : "starting",
            Reason = node is not null ? string.Empty : pilot.Job.Reason,
            Node = node?.Id ?? default,
            NodeName = node?.Name ?? pilot.Job.NodeName,
        };
    }
}
