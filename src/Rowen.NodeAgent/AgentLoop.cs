using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Rowen.Fabric.OperatingSystem;
using Rowen.NodeAgent.Executors;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;

namespace Rowen.NodeAgent;

/// <summary>Owns <see cref="AgentState"/>: feeds it, one input after the other, and performs what it wants.</summary>
/// <remarks>Thread safety: any thread may <see cref="Post"/>.</remarks>
internal sealed class AgentLoop : IDisposable
{
    /// <summary>
    /// Each executor posts four inputs in its life, the manager's orders wait for room, and the clock posts one: this is
    /// thousands above what can be under way.
    /// </summary>
    private const int MaxInputs = 16_384;

    private const long NsPerMs = 1_000_000;

    private readonly AgentState _state;
    private readonly AgentOptions _options;
    private readonly ExecutorSupervisor _supervisor;
    private readonly ILogger _logger;
    private readonly Channel<AgentInput> _inputs = Channel.CreateBounded<AgentInput>(
        new BoundedChannelOptions(MaxInputs) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly ITimer _timer;
    private readonly List<AgentEffect> _effects = [];
    private bool _drains;
    private bool _hasLeft;

    /// <summary>Creates the loop; nothing happens before <see cref="RunAsync"/>.</summary>
    /// <param name="state">The state to own.</param>
    /// <param name="options">The numbers that the state decides by.</param>
    /// <param name="supervisor">Performs what concerns executors.</param>
    /// <param name="time">Wakes the loop.</param>
    /// <param name="logger">For people.</param>
    public AgentLoop(
        AgentState state, AgentOptions options, ExecutorSupervisor supervisor, TimeProvider time, ILogger logger)
    {
        _state = state;
        _options = options;
        _supervisor = supervisor;
        _logger = logger;
        _timer = time.CreateTimer(
            _ => _inputs.Writer.TryWrite(new AgentInput.Tick()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Called when something happened that the manager should hear now.</summary>
    public Action? OnReportNow { get; set; }

    /// <summary>Called with each executor that was assigned to a lease with a code package.</summary>
    public Action<ExecutorNumber, CodePackageId>? OnPackageWanted { get; set; }

    /// <summary>Called with each order for a log.</summary>
    public Action<AgentEffect.SendLog>? OnSendLog { get; set; }

    /// <summary>Called with each order for a trial of fabrics.</summary>
    public Action<AgentEffect.TryFabrics>? OnTryFabrics { get; set; }

    /// <summary>The agent's clock, in milliseconds.</summary>
    public static long NowMs => MonotonicClock.NowNs / NsPerMs;

    /// <summary>Tells the loop something. Never blocks.</summary>
    public void Post(AgentInput input)
    {
        if (!_inputs.Writer.TryWrite(input) && !_hasLeft)
        {
            throw new UnreachableException("The agent's loop has thousands of inputs before it: it must be stuck.");
        }
    }

    /// <summary>What the manager is told now.</summary>
    public Task<(NodeReport Report, long Mark)> DescribeNewsAsync(CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<(NodeReport, long)>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new AgentInput.WantReport(answer));
        return answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>What the agent serves.</summary>
    public Task<IReadOnlyList<ServedLease>> DescribeServedAsync(CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<IReadOnlyList<ServedLease>>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new AgentInput.WantServed(answer));
        return answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Runs until the agent has drained.</summary>
    public async Task RunAsync()
    {
        while (!_hasLeft)
        {
            long nowMs = NowMs;
            _state.Tick(nowMs, _effects);
            PerformAll();
            if (nowMs >= _state.DrainsUntilMs)
            {
                AgentLog.DrainOverdue(_logger);
                return;
            }

            SetTimer(nowMs);
            Take(await _inputs.Reader.ReadAsync());
            while (!_hasLeft && _inputs.Reader.TryRead(out AgentInput? input))
            {
                Take(input);
            }
        }
    }

    /// <summary>Answers what is asked after the loop has ended: the last report.</summary>
    public (NodeReport Report, long Mark) DescribeLastNews()
    {
        NodeReport report = _state.DescribeNews(NowMs, _supervisor.ReadUsage(), out long mark);
        return (report, mark);
    }

    public void Dispose() => _timer.Dispose();

    private void SetTimer(long nowMs)
    {
        long dueMs = _state.NextDueMs();
        TimeSpan wait = dueMs == long.MaxValue
            ? Timeout.InfiniteTimeSpan
            : TimeSpan.FromMilliseconds(Math.Clamp(dueMs - nowMs, 0, 60_000) + 1); // timers come early by part of a millisecond
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Take(AgentInput input)
    {
        long nowMs = NowMs;
        switch (input)
        {
            case AgentInput.Pooled pooled:
                _state.OnPooled(pooled.Executor, pooled.Addresses, _effects);
                break;
            case AgentInput.Returned returned:
                _state.OnReturned(returned.Executor, returned.Usage, _effects);
                break;
            case AgentInput.Ended ended:
                _state.OnEnded(ended.Executor, ended.End, nowMs, _effects);
                break;
            case AgentInput.Ordered ordered:
                Obey(ordered.Order, nowMs);
                break;
            case AgentInput.Welcomed welcomed:
                Welcome(welcomed.Welcome);
                break;
            case AgentInput.ReportAnswered answered:
                _state.ReportAnswered(answered.Mark);
                _state.HearManager(nowMs);
                break;
            case AgentInput.WantReport want:
                NodeReport report = _state.DescribeNews(nowMs, _supervisor.ReadUsage(), out long mark);
                want.Answer.TrySetResult((report, mark));
                break;
            case AgentInput.WantServed want:
                want.Answer.TrySetResult(_state.DescribeServed());
                break;
            case AgentInput.Drain:
                _state.Drain(_options.DrainGraceMs, "its agent was asked to end", nowMs, _effects, isUrgent: true);
                break;
            default:
                break; // a tick
        }

        PerformAll();
    }

    private void Obey(NodeOrder order, long nowMs)
    {
        if (!_state.TryObey(order, nowMs, _effects))
        {
            AgentLog.OldManager(_logger, _state.Epoch, order);
        }
    }

    private void Welcome(NodeWelcome welcome)
    {
        uint known = _state.Epoch;
        if (_state.TryWelcome(welcome))
        {
            AgentLog.Joined(_logger, welcome.Node, welcome.Epoch);
        }
        else
        {
            AgentLog.OldWelcome(_logger, welcome.Epoch, known);
        }
    }

    private void PerformAll()
    {
        foreach (AgentEffect effect in _effects)
        {
            Perform(effect);
        }

        _effects.Clear();
        if (_state.IsDraining && !_drains)
        {
            _drains = true;
            TimeSlice.Hurry(Environment.ProcessId); // a batch job may wait for us, and the node be full of others who compute
            AgentLog.Drains(_logger);
        }
    }

    private static string Describe(ExecutorAssignment assignment) => assignment.Kind == LeaseKind.Memory
        ? string.Create(CultureInfo.InvariantCulture, $"{assignment.MemoryBytes >> 20} MiB of memory")
        : $"cores {string.Join(',', assignment.Cores)}";

    private void Perform(AgentEffect effect)
    {
        switch (effect)
        {
            case AgentEffect.StartExecutor start:
                _supervisor.Start(start.Executor);
                break;
            case AgentEffect.RehearseExecutor rehearse:
                _supervisor.Send(rehearse.Executor, ExecutorMessage.Rehearse);
                break;
            case AgentEffect.AssignExecutor assign:
                AgentLog.LeaseBegins(_logger, assign.Assignment.Lease, Describe(assign.Assignment), assign.Executor);
                _supervisor.Assign(assign.Executor, assign.Assignment);
                if (assign.Assignment.Package is { } package && package != default)
                {
                    OnPackageWanted?.Invoke(assign.Executor, package);
                }

                break;
            case AgentEffect.RenewExecutor renew:
                _supervisor.Send(renew.Executor, ExecutorMessage.Renew, renew.Renewal);
                break;
            case AgentEffect.EndExecutor end:
                _supervisor.Send(end.Executor, ExecutorMessage.End, end.Ending);
                break;
            case AgentEffect.KillExecutor kill:
                _supervisor.Kill(kill.Executor, new ErrorAnswer(kill.Code, kill.Why));
                break;
            case AgentEffect.SendLog send:
                OnSendLog?.Invoke(send);
                break;
            case AgentEffect.TryFabrics trial:
                OnTryFabrics?.Invoke(trial);
                break;
            case AgentEffect.LeaseEnded ended:
                AgentLog.LeaseEnded(_logger, ended.End.Lease, ended.End.Code, ended.End.Why);
                break;
            case AgentEffect.ReportNow:
                OnReportNow?.Invoke();
                break;
            case AgentEffect.Leave:
                _hasLeft = true;
                break;
            default:
                throw new UnreachableException($"{effect} is no effect that the loop knows.");
        }
    }
}
