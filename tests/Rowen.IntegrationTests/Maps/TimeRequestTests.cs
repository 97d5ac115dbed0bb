using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Faults;
using Rowen.Protocol.Leases;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.Maps;

/// <summary>Items that say how long they may take, on leases that may end before.</summary>
public sealed class TimeRequestTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Fact(Timeout = 180_000)]
    public async Task Nothing_is_begun_on_a_lease_that_is_not_renewed_and_ends_before_an_item_could()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        string reason = string.Empty;
        bool isEnough = false;
        var options = new MapOptions
        {
            Code = TestPackage.Code,
            Cores = 1,
            TimeRequest = TimeSpan.FromSeconds(10),
            Lease = new LeaseRequest { Duration = TimeSpan.FromSeconds(1) },
            Progress = new Told(progress => reason = progress.Reason.Contains("time request", StringComparison.Ordinal) ? progress.Reason : reason),
        };
        var results = new List<int>();
        LeaseView? lease = null;
        await foreach (MapResult<int> result in client.MapAsCompletedAsync(Endless().TakeWhile(_ => !Volatile.Read(ref isEnough)), IllBehaved.Sleep, options, Bound))
        {
            results.Add(result.Value);
            if (lease is null)
            {
                lease = (await client.LeasesAsync(Bound)).Single(each => each.State == LeaseState.Active);
                ProcessControl.Kill(cluster.Manager.Id, ProcessSignal.Kill);
                cluster.Manager.WaitForExit();
                _ = RestartAsync();
            }
        }

        Assert.Equal(15_000, lease!.DurationMs); // one and a half of what an item may take, not the second that was asked for otherwise
        Assert.Contains($"does not renew {lease.Id}, which ends before an item can: each may take 10 s (its time request)", reason, StringComparison.Ordinal);
        Assert.All(results, result => Assert.Equal(100, result));

        async Task RestartAsync()
        {
            await Until.TrueAsync(() => reason.Length > 0, Patience, "it is said why nothing is begun");
            int before = results.Count;
            cluster.StartManager();
            await Until.TrueAsync(() => results.Count > before + 10, Patience, "items are begun again");
            Volatile.Write(ref isEnough, true);
        }
    }

    private static IEnumerable<int> Endless()
    {
        while (true)
        {
            yield return 100;
        }
    }

    private sealed class Told(Action<MapProgress> take) : IProgress<MapProgress>
    {
        public void Report(MapProgress value) => take(value);
    }
}
