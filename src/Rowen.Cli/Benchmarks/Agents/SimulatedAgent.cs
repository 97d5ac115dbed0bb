using System.Globalization;
using System.Threading.Channels;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Nodes;

namespace Rowen.Cli.Benchmarks.Agents;

/// <summary>What a manager sees of a node agent, and no more: it joins, hears its orders, reports each second, serves leases on one core that nobody uses, and leaves.</summary>
/// <remarks>Over connections of its own, as an agent's process would have.</remarks>
/// <param name="cluster">How to reach the manager.</param>
/// <param name="instance">Its number among all that ever join.</param>
/// <param name="time">Its clock.</param>
internal sealed class SimulatedAgent(ClusterFile cluster, int instance, TimeProvider time) : IAsyncDisposable
{
    private const int MaxEvents = 64;

    private static readonly TimeSpan ReportPeriod = TimeSpan.FromSeconds(1);

    /// <summary>All agents share one process, and with the manager one machine: what takes a moment on a node of one's own may take long here.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ManagerClient _manager = new(
        cluster, new ManagerClientOptions { ConnectTimeout = Patience, RequestTimeout = Patience, MaxSilence = Patience });
    private readonly Channel<NodeEvent> _events = Channel.CreateBounded<NodeEvent>(MaxEvents);
    private readonly CancellationTokenSource _ended = new();
    private Task _work = Task.CompletedTask;
    private NodeId _node;

    /// <summary>Joins, and works from then on.</summary>
    public async Task JoinAsync(CancellationToken cancellationToken)
    {
        var join = new NodeJoin
        {
            Instance = instance.ToString("x32", CultureInfo.InvariantCulture),
            Name = string.Create(CultureInfo.InvariantCulture, $"simulated-{instance}"),
            Cores = 1,
            MemoryBytes = 1L << 30,
            AgentClockMs = ClockMs,
        };
        _node = (await _manager.JoinAsync(join, cancellationToken)).Node;
        _work = Task.WhenAll(HearAsync(_ended.Token), ReportAsync(_ended.Token));
    }

    /// <summary>As an agent whose node is taken back: everything that it serves is over, and it says so in its last words.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        await StopAsync();
        _ = await _manager.ReportAsync(_node, new NodeReport { AgentClockMs = ClockMs, IsDraining = true, IsLast = true }, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync();
        }
        catch (RowenException)
        {
            // Whoever waited for it has heard, or something else has failed before.
        }

        _manager.Dispose();
        _ended.Dispose();
    }

    private long ClockMs => (long)time.GetElapsedTime(0).TotalMilliseconds;

    private async Task StopAsync()
    {
        await _ended.CancelAsync();
        try
        {
            await _work;
        }
        catch (OperationCanceledException)
        {
            // As it was told.
        }
    }

    /// <summary>A stream that breaks off is opened again, as agents do.</summary>
    private async Task HearAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await foreach (NodeOrder order in _manager.OrdersAsync(_node, cancellationToken))
                {
                    NodeEvent? happened = order.Kind switch
                    {
                        NodeOrderKind.StartLease => new NodeEvent { Lease = order.Lease, Addresses = ["unix:@nobody"] },
                        NodeOrderKind.EndLease => new NodeEvent { Lease = order.Lease, HasEnded = true },
                        _ => null,
                    };
                    if (happened is not null)
                    {
                        await _events.Writer.WriteAsync(happened, cancellationToken);
                    }
                }
            }
            catch (RowenException exception) when (exception.Code == ErrorCode.ManagerUnreachable)
            {
                await Task.Delay(ReportPeriod, time, cancellationToken);
            }
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await WaitForEventAsync(cancellationToken);
            List<NodeEvent> events = [];
            while (events.Count < MaxEvents && _events.Reader.TryRead(out NodeEvent? happened))
            {
                events.Add(happened);
            }

            _ = await _manager.ReportAsync(_node, new NodeReport { AgentClockMs = ClockMs, Events = events }, cancellationToken);
        }
    }

    /// <summary>The next event, or the next report's time.</summary>
    private async Task WaitForEventAsync(CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(ReportPeriod);
        try
        {
            _ = await _events.Reader.WaitToReadAsync(bound.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It reports that it lives.
        }
    }
}
