using System.Threading.Channels;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Nodes;

namespace Rowen.IntegrationTests.ResourceManager;

/// <summary>The agent's end of the conversation, spoken by the test.</summary>
internal sealed class PretendedAgent : IAsyncDisposable
{
    private readonly ManagerClient _manager;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<NodeOrder> _orders = Channel.CreateBounded<NodeOrder>(1_000);
    private readonly Task _listening;
    private readonly Task _reporting;

    private PretendedAgent(ManagerClient manager, NodeWelcome welcome)
    {
        _manager = manager;
        Welcome = welcome;
        _listening = ListenAsync();
        _reporting = ReportEachSecondAsync();
    }

    public NodeWelcome Welcome { get; }

    public static async Task<PretendedAgent> JoinAsync(
        ManagerClient manager, int cores, string instance = "00112233445566778899aabbccddeeff", params ServedLease[] serving)
    {
        NodeWelcome welcome = await manager.JoinAsync(new NodeJoin
        {
            Instance = instance,
            Name = "host",
            Cores = cores,
            MemoryBytes = 1L << 30,
            AgentClockMs = Environment.TickCount64,
            Serving = serving,
        });
        var agent = new PretendedAgent(manager, welcome);
        NodeOrder first = await agent.NextAsync(NodeOrderKind.Heartbeat); // its orders are open now
        Assert.Equal(welcome.Epoch, first.Epoch);
        return agent;
    }

    public async Task<NodeOrder> NextAsync(NodeOrderKind kind)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            NodeOrder order = await _orders.Reader.ReadAsync(bound.Token);
            if (order.Kind == kind)
            {
                return order;
            }
        }
    }

    public Task ReportAsync(params NodeEvent[] events) => _manager.ReportAsync(
        Welcome.Node, new NodeReport { AgentClockMs = Environment.TickCount64, Events = events });

    public Task ReadyAsync(LeaseId lease) =>
        ReportAsync(new NodeEvent { Lease = lease, Addresses = ["unix:@executor-of-the-test"] });

    public Task EndedAsync(LeaseId lease, ErrorCode code = ErrorCode.None, string why = "") =>
        ReportAsync(new NodeEvent { Lease = lease, HasEnded = true, Code = code, Why = why });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_listening, _reporting).WaitAsync(TimeSpan.FromSeconds(60));
        _stop.Dispose();
    }

    private async Task ListenAsync()
    {
        try
        {
            await foreach (NodeOrder order in _manager.OrdersAsync(Welcome.Node, _stop.Token))
            {
                await _orders.Writer.WriteAsync(order, _stop.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or RowenException)
        {
            _orders.Writer.TryComplete(exception);
        }
    }

    private async Task ReportEachSecondAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(1_000, _stop.Token);
                await ReportAsync();
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or RowenException)
        {
            // The test is over, or the manager is.
        }
    }
}
