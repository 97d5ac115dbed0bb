using Microsoft.Extensions.Logging;
using Rowen.NodeAgent.Fabrics;
using Rowen.NodeAgent.Logs;
using Rowen.NodeAgent.Neighbors;
using Rowen.Protocol;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Nodes;

namespace Rowen.NodeAgent.Managers;

/// <summary>The agent's conversation with the manager: joins, hears orders, reports, and begins again whenever it breaks.</summary>
/// <remarks>Without a manager nothing ends here: leases go on until they expire, and this tries again for as long as it runs.</remarks>
internal sealed class ManagerLink : IDisposable
{
    private const long MinDelayMs = 50;

    /// <summary>Of the order of a heartbeat: a manager that is back hears its agents before it misses them.</summary>
    private const long MaxDelayMs = 1_000;

    private const int MaxAnswersUnderWay = 16;

    private static readonly TimeSpan ReportPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LastReportTimeout = TimeSpan.FromSeconds(2);

    private readonly ManagerClient _client;
    private readonly AgentLoop _loop;
    private readonly LogFolder _logs;
    private readonly FabricTrials _trials;
    private readonly NodeJoin _offer;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _reportNow = new(0, 1);
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _answersUnderWay = [];
    private NodeId _node;
    private long? _lostAt;

    /// <summary>Creates the link; nothing is sent before <see cref="RunAsync"/>.</summary>
    /// <param name="client">The way to the manager.</param>
    /// <param name="loop">Gets the orders, gives the reports.</param>
    /// <param name="logs">What functions printed.</param>
    /// <param name="trials">Tries fabrics; ends with the last report.</param>
    /// <param name="offer">What the node offers; clock and leases are filled in here.</param>
    /// <param name="time">For pauses.</param>
    /// <param name="random">Spreads reconnections, so that a thousand agents do not return in the same millisecond.</param>
    /// <param name="logger">For people.</param>
    public ManagerLink(
        ManagerClient client, AgentLoop loop, LogFolder logs, FabricTrials trials, NodeJoin offer, TimeProvider time, Random random, ILogger logger)
    {
        _client = client;
        _loop = loop;
        _logs = logs;
        _trials = trials;
        _offer = offer;
        _time = time;
        _random = random;
        _logger = logger;
        loop.OnReportNow = ReportNow;
        loop.OnSendLog = order => Begin(() => SendLogAsync(order));
        loop.OnTryFabrics = order => Begin(() => TryFabricsAsync(order));
    }

    /// <summary>Looks at what a job beside the agent and its functions cost each other; null: there is none.</summary>
    public MemoryProbe? Probe { get; init; }

    /// <summary>Talks with the manager until the agent has left.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        long delayMs = MinDelayMs;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await JoinAsync(cancellationToken);
                long joinedAt = _time.GetTimestamp();
                RowenException? end = await ConverseAsync(cancellationToken);
                delayMs = _time.GetElapsedTime(joinedAt) > ReportPeriod ? MinDelayMs : delayMs;
                await PauseAsync(end?.Message ?? "it closed the stream of orders", delayMs, cancellationToken);
            }
            catch (RowenException exception)
            {
                await PauseAsync(exception.Message, delayMs, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            delayMs = Math.Min(2 * delayMs, MaxDelayMs);
        }
    }

    /// <summary>Tells the manager, once and within a bound, how the last leases ended, and that the node is leaving.</summary>
    public async Task ReportLastAsync()
    {
        if (_node == default)
        {
            return;
        }

        using var bound = new CancellationTokenSource(LastReportTimeout, _time);
        try
        {
            _trials.Dispose();
            await Task.WhenAll(TakeAnswersUnderWay()).WaitAsync(bound.Token);
            NodeReport last = _loop.DescribeLastNews().Report with { IsLast = true };
            _ = await _client.ReportAsync(_node, last, bound.Token);
        }
        catch (Exception exception) when (exception is RowenException or OperationCanceledException)
        {
            // The manager is leaving as well, or gone: it will see the node's silence.
        }
    }

    public void Dispose()
    {
        _reportNow.Dispose();
        _client.Dispose();
    }

    private async Task JoinAsync(CancellationToken cancellationToken)
    {
        NodeJoin join = _offer with
        {
            AgentClockMs = AgentLoop.NowMs,
            Serving = await _loop.DescribeServedAsync(cancellationToken),
        };
        NodeWelcome welcome = await _client.JoinAsync(join, cancellationToken);
        _node = welcome.Node;
        _lostAt = null;
        _loop.Post(new AgentInput.Welcomed(welcome));
        ReportNow(); // what happened while no manager listened
    }

    /// <summary>Hears and reports until either fails; then both are over.</summary>
    private async Task<RowenException?> ConverseAsync(CancellationToken cancellationToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<RowenException?>[] halves = [HearAsync(both.Token), ReportAsync(both.Token)];
        Task<RowenException?> first = await Task.WhenAny(halves);
        await both.CancelAsync();
        await Task.WhenAll(halves);
        cancellationToken.ThrowIfCancellationRequested();
        return await first;
    }

    private async Task<RowenException?> HearAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (NodeOrder order in _client.OrdersAsync(_node, cancellationToken))
            {
                if (order.Kind != NodeOrderKind.Heartbeat)
                {
                    _loop.Post(new AgentInput.Ordered(order));
                }
            }

            return null;
        }
        catch (RowenException exception)
        {
            return exception;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<RowenException?> ReportAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                (NodeReport report, long mark) = await _loop.DescribeNewsAsync(cancellationToken);
                report.MemorySlowDown = Probe?.Look() ?? 0;
                _ = await _client.ReportAsync(_node, report, cancellationToken);
                _loop.Post(new AgentInput.ReportAnswered(mark));
                _ = await _reportNow.WaitAsync(ReportPeriod, cancellationToken);
            }
        }
        catch (RowenException exception)
        {
            return exception;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task PauseAsync(string why, long delayMs, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return;
        }

#pragma warning disable CA5394 // spreads load; guards nothing
        long jittered = (delayMs / 2) + _random.NextInt64(delayMs);
#pragma warning restore CA5394
        if (_lostAt is not { } lostAt || _time.GetElapsedTime(lostAt) >= ReminderPeriod)
        {
            AgentLog.ManagerLost(_logger, why);
            _lostAt = _time.GetTimestamp();
        }

        await Task.Delay(TimeSpan.FromMilliseconds(jittered), _time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void ReportNow()
    {
        lock (_lock)
        {
            if (_reportNow.CurrentCount == 0)
            {
                _reportNow.Release();
            }
        }
    }

    /// <summary>Begins to answer; what exceeds the bound is not answered, and the manager says so to whoever asked.</summary>
    private void Begin(Func<Task> answerAsync)
    {
        lock (_lock)
        {
            _answersUnderWay.RemoveWhere(task => task.IsCompleted);
            if (_answersUnderWay.Count < MaxAnswersUnderWay)
            {
                _answersUnderWay.Add(Task.Run(answerAsync));
            }
        }
    }

    private Task[] TakeAnswersUnderWay()
    {
        lock (_lock)
        {
            return [.. _answersUnderWay];
        }
    }

    private async Task TryFabricsAsync(AgentEffect.TryFabrics order)
    {
        try
        {
            NodeTrial trial = order is { Peer: { } peer, Secret: { } secret } ? await _trials.TryAsync(peer, secret) : await _trials.ServeAsync();
            AgentLog.FabricsTried(_logger, trial);
            using var answer = new MemoryStream(ProtocolJson.Write(trial), writable: false);
            await _client.AnswerAsync(_node, order.Ask, answer, CancellationToken.None); // bounded by the client
        }
        catch (Exception exception) when (exception is RowenException or IOException)
        {
            AgentLog.TrialNotSent(_logger, exception.Message);
        }
    }

    private async Task SendLogAsync(AgentEffect.SendLog order)
    {
        try
        {
            byte[] log = _logs.ReadOrNone(order.Lease, order.Stream == "err")
                ?? System.Text.Encoding.UTF8.GetBytes($"[rowen: {order.Lease} printed nothing, or it is not kept on this node any more]\n");
            using var stream = new MemoryStream(log, writable: false);
            await _client.AnswerAsync(_node, order.Ask, stream, CancellationToken.None); // bounded by the client
        }
        catch (Exception exception) when (exception is RowenException or IOException or UnauthorizedAccessException)
        {
            AgentLog.LogNotSent(_logger, order.Lease, exception.Message);
        }
    }
}
