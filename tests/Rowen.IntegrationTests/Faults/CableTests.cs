using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Rowen.Fabric.ControlSockets;

namespace Rowen.IntegrationTests.Faults;

/// <summary>A node on another network, whose cable is pulled: no socket ends, and no kernel says anything for minutes.</summary>
public sealed class CableTests
{
    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    /// <summary>Silence counts as death after <see cref="ControlSocket.MaxSilence"/>, whatever the fabric thinks.</summary>
    [Theory(Timeout = 120_000)]
    [InlineData("tcp")]
    [InlineData("ofi")]
    public async Task Pulled_cable_ends_invocations_as_unknown(string provider)
    {
        using var network = new NetworkNamespace();
        await using TestCluster cluster = await TestCluster.StartAcrossAsync(network);
        await using RowenClient client = await cluster.ConnectAsync();
        var request = new LeaseRequest { Cores = 1, Code = TestPackage.Code, Provider = provider };
        await using Lease lease = await client.LeaseAsync(request, Bound);
        Assert.Equal(7, await lease.Function<int, int>("Sleep").InvokeAsync(7, cancellationToken: Bound));
        Task<int> runs = await cluster.SleepAsync(lease, 300_000);

        network.PullCable();
        InvocationException ended = await Assert.ThrowsAsync<InvocationException>(() => runs);

        Assert.Equal(provider, lease.Provider);
        Assert.Equal(InvocationOutcome.Unknown, ended.Outcome);
        Assert.True(lease.EndedToken.IsCancellationRequested);
        Assert.Equal(TimeSpan.FromSeconds(5), ControlSocket.MaxSilence);
    }

    [Fact(Timeout = 120_000)]
    public async Task Without_a_fast_network_the_lane_goes_over_TCP_and_says_why()
    {
        using var network = new NetworkNamespace();
        await using TestCluster cluster = await TestCluster.StartAcrossAsync(network);
        await using RowenClient client = await cluster.ConnectAsync();
        using LaneCounter counted = new();

        await using Lease lease = await client.LeaseAsync(new LeaseRequest { Cores = 1, Code = TestPackage.Code }, Bound);

        Assert.Equal("tcp", lease.Provider);
        Assert.Equal("shm: the other end is on another machine; ofi: no adapter that needs it", lease.WhyNotFaster);
        Assert.Equal("shm, tcp (not ofi: no adapter that needs it)", Assert.Single(await client.NodesAsync(Bound)).Fabrics);
        Assert.Contains("tcp", counted.Providers);
    }

    /// <summary>Hears the meter as monitoring does; other tests of this process open lanes, too.</summary>
    private sealed class LaneCounter : IDisposable
    {
        private readonly MeterListener _listener = new();

        public LaneCounter()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "rowen.lanes")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, _, tags, _) => Providers.Enqueue((string)tags[0].Value!));
            _listener.Start();
        }

        public ConcurrentQueue<string> Providers { get; } = [];

        public void Dispose() => _listener.Dispose();
    }
}
