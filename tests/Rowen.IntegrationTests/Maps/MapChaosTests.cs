using System.Globalization;
using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Faults;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.Maps;

/// <summary>Executors, agents and managers that are really killed in the middle of maps: every item has exactly one result.</summary>
public sealed class MapChaosTests
{
    private const int ItemCount = 100_000;

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    /// <summary>Twenty rounds; <c>ROWEN_CHAOS_ROUNDS</c> asks for more, <c>ROWEN_CHAOS_SEED</c> for others.</summary>
    [Fact(Timeout = 1_200_000)]
    public async Task Every_item_has_exactly_one_result_whoever_dies()
    {
        int rounds = Setting("ROWEN_CHAOS_ROUNDS", 20);
        int seed = Setting("ROWEN_CHAOS_SEED", Environment.TickCount);
        var random = new Random(seed);
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        int[] items = [.. Enumerable.Range(0, ItemCount)];
        MapProgress? last = null;
        var lease = new LeaseRequest { Duration = TimeSpan.FromSeconds(2) }; // what is released while the manager is away ends then
        MapOptions options = new() { Code = TestPackage.Code, Lease = lease, Progress = new Told(each => last = each) };
        for (int round = 0; round < rounds; round++)
        {
            Victim victim = (Victim)random.Next(3);
            int killAt = random.Next(ItemCount);
            int[] resultCounts = new int[ItemCount];
            int seen = 0;
            await foreach (MapResult<int> result in client.MapAsCompletedAsync(items, Moody.Twice, options, Bound))
            {
                Assert.Equal(2 * result.Index, result.Value);
                resultCounts[result.Index]++;
                if (seen++ == killAt)
                {
                    Kill(cluster, victim);
                }
            }

            string what = $"round {round} of seed {seed}: {victim} killed after {killAt} results; {last}";
            TestContext.Current.SendDiagnosticMessage(what);
            Assert.True(Array.TrueForAll(resultCounts, count => count == 1), what);
        }
    }

    private static void Kill(TestCluster cluster, Victim victim)
    {
        switch (victim)
        {
            case Victim.Executors:
                foreach (int executor in Processes.ChildrenOf(cluster.Agents[^1].Id))
                {
                    ProcessControl.Kill(executor, ProcessSignal.Kill);
                }

                break;
            case Victim.Agent:
                ProcessControl.Kill(cluster.Agents[^1].Id, ProcessSignal.Kill);
                cluster.StartAgent(cores: 2);
                break;
            default:
                ProcessControl.Kill(cluster.Manager.Id, ProcessSignal.Kill);
                cluster.Manager.WaitForExit();
                cluster.StartManager();
                break;
        }
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private enum Victim
    {
        Executors,
        Agent,
        Manager,
    }

    private sealed class Told(Action<MapProgress> take) : IProgress<MapProgress>
    {
        public void Report(MapProgress value) => take(value);
    }
}
