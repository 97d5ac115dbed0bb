using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rowen.Protocol;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Nodes;
using Rowen.Protocol.Usage;

namespace Rowen.IntegrationTests.NodeAgent;

/// <summary>A manager's node endpoints on a real Unix socket; the test gives the orders and sees the reports.</summary>
internal sealed class FakeManager : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly Channel<NodeOrder> _orders = Channel.CreateBounded<NodeOrder>(1000);
    private readonly ConcurrentDictionary<long, TaskCompletionSource<string>> _logs = [];
    private readonly Lock _lock = new();
    private readonly List<NodeEvent> _events = [];
    private readonly Dictionary<LeaseId, LeaseUsage> _usage = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NodeJoin? _join;
    private int _joinCount;
    private bool _isDraining;
    private volatile bool _hasHeardLast;
    private long _agentClockMs;

    private FakeManager(WebApplication application, string socket)
    {
        _application = application;
        Cluster = new ClusterFile { Address = $"unix:{socket}" };
    }

    public ClusterFile Cluster { get; }

    public uint Epoch { get; set; } = 1;

    public static async Task<FakeManager> StartAsync(string folder)
    {
        string socket = Path.Combine(folder, "manager.sock");
        File.Delete(socket);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socket));
        WebApplication application = builder.Build();
        var manager = new FakeManager(application, socket);
        application.MapPost("/v1/nodes", manager.JoinAsync);
        application.MapGet("/v1/nodes/N1/orders", manager.SendOrdersAsync);
        application.MapPost("/v1/nodes/N1/reports", manager.TakeReportAsync);
        application.MapPost("/v1/nodes/N1/answers/{ask}", manager.TakeLogAsync);
        await application.StartAsync();
        return manager;
    }

    public void Order(NodeOrder order) => Assert.True(_orders.Writer.TryWrite(order with { Epoch = Epoch }));

    public async Task<NodeJoin> JoinedAsync()
    {
        await UntilAsync(() => _join is not null, "the agent joins");
        return _join!;
    }

    public Task JoinedAgainAsync(int times) => UntilAsync(() => _joinCount >= times, $"the agent joins {times} times");

    public async Task<NodeEvent> EventAsync(LeaseId lease, bool hasEnded)
    {
        NodeEvent? Find() => _events.Find(item => item.Lease == lease && item.HasEnded == hasEnded);
        await UntilAsync(() => Find() is not null, $"{lease} {(hasEnded ? "ends" : "is ready")}");
        lock (_lock)
        {
            return Find()!;
        }
    }

    public async Task<LeaseUsage> UsageAsync(LeaseId lease, Func<LeaseUsage, bool> isEnough)
    {
        await UntilAsync(() => _usage.TryGetValue(lease, out LeaseUsage? usage) && isEnough(usage), $"usage of {lease} grows");
        lock (_lock)
        {
            return _usage[lease];
        }
    }

    public Task DrainingAsync() => UntilAsync(() => _isDraining, "the agent says that it drains");

    /// <summary>The agent has said that it leaves, and how its last leases ended.</summary>
    public bool HasHeardLast => _hasHeardLast;

    /// <summary>The agent's clock as it reported it last.</summary>
    public async Task<long> AgentClockAsync()
    {
        await UntilAsync(() => _agentClockMs > 0, "the agent reports");
        return _agentClockMs;
    }

    public async Task<string> LogAsync(LeaseId lease, string stream)
    {
        long ask = _logs.Count + 1;
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _logs[ask] = answer;
        Order(new NodeOrder { Kind = NodeOrderKind.SendLog, Lease = lease, Ask = ask, Stream = stream });
        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task UntilAsync(Func<bool> isTrue, string what)
    {
        long start = Environment.TickCount64;
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (isTrue())
                {
                    return;
                }

                changed = _changed.Task;
            }

            TimeSpan left = TimeSpan.FromMilliseconds(60_000 - (Environment.TickCount64 - start));
            try
            {
                await changed.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero);
            }
            catch (TimeoutException)
            {
                throw new TimeoutException($"Within 60 s it did not happen that {what}.");
            }
        }
    }

    private async Task JoinAsync(HttpContext context)
    {
        NodeJoin join = await ReadAsync<NodeJoin>(context);
        Change(() =>
        {
            _join = join;
            _joinCount++;
        });
        await context.Response.Body.WriteAsync(ProtocolJson.Write(new NodeWelcome(new NodeId(1), Epoch)));
    }

    private async Task SendOrdersAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        CancellationToken aborted = context.RequestAborted;
        try
        {
            while (true)
            {
                using var second = CancellationTokenSource.CreateLinkedTokenSource(aborted);
                second.CancelAfter(TimeSpan.FromSeconds(1));
                NodeOrder order;
                try
                {
                    order = await _orders.Reader.ReadAsync(second.Token);
                }
                catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
                {
                    order = new NodeOrder { Kind = NodeOrderKind.Heartbeat, Epoch = Epoch };
                }

                await context.Response.WriteAsync($"data: {Encoding.UTF8.GetString(ProtocolJson.Write(order))}\n\n", aborted);
                await context.Response.Body.FlushAsync(aborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The agent has gone.
        }
    }

    private async Task TakeReportAsync(HttpContext context)
    {
        if (_join is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await context.Response.Body.WriteAsync(ProtocolJson.Write(new ErrorAnswer(ErrorCode.UnknownNode, "Who are you?")));
            return;
        }

        NodeReport report = await ReadAsync<NodeReport>(context);
        Change(() =>
        {
            _agentClockMs = report.AgentClockMs;
            _events.AddRange(report.Events);
            _isDraining |= report.IsDraining;
            _hasHeardLast |= report.IsLast;
            foreach (LeaseUsage usage in report.Usage)
            {
                _usage[usage.Lease] = usage;
            }
        });
        await context.Response.Body.WriteAsync(ProtocolJson.Write(new NodeReportAnswer(Epoch)));
    }

    private async Task TakeLogAsync(HttpContext context, long ask)
    {
        using var reader = new StreamReader(context.Request.Body);
        _logs[ask].TrySetResult(await reader.ReadToEndAsync());
    }

    private static async Task<T> ReadAsync<T>(HttpContext context)
        where T : class
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Assert.True(ProtocolJson.TryRead(body.ToArray(), out T message));
        return message;
    }

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            TaskCompletionSource before = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            before.SetResult();
        }
    }
}
