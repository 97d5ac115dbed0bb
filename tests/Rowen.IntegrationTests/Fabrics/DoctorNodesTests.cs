using System.Diagnostics;
using System.Text.Json;
using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.Fabrics;

/// <summary><c>rowen doctor --nodes</c>: agents that try each other, and what is told of those that cannot.</summary>
public sealed class DoctorNodesTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(100);

    [Fact(Timeout = 120_000)]
    public async Task Nodes_that_reach_each_other_say_over_what_and_why_not_faster()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(cores: 1, agents: 2, advertise: "127.0.0.1");

        Finished doctor = await DoctorAsync(cluster, "--output", "json");

        doctor.AssertDone();
        JsonElement[] pairs = [.. JsonDocument.Parse(doctor.Output).RootElement.GetProperty("pairs").EnumerateArray()];
        Assert.Equal(["node0 node1", "node1 node0"], pairs.Select(pair => $"{pair.GetProperty("fromName")} {pair.GetProperty("toName")}").Order(StringComparer.Ordinal));
        Assert.All(pairs, pair =>
        {
            Assert.Equal("tcp", pair.GetProperty("chosen").GetString());
            JsonElement finding = Assert.Single(pair.GetProperty("findings").EnumerateArray());
            Assert.Equal("tcp", finding.GetProperty("fabric").GetString());
            Assert.True(finding.GetProperty("hot8Us").GetDouble() > 0);
            Assert.Contains("ofi: libfabric has no network here that is faster than TCP", pair.GetProperty("whyNotFaster").EnumerateArray().Select(each => each.GetString()));
        });
        Assert.DoesNotContain(pairs, pair => pair.TryGetProperty("secret", out _));
    }

    /// <summary>A server lives for a minute after it was asked for, and no longer than its agent.</summary>
    [Fact(Timeout = 120_000)]
    public async Task What_listens_for_trials_ends_with_its_agent()
    {
        int[] servers;
        TestCluster cluster = await TestCluster.StartAsync(cores: 1, agents: 2, advertise: "127.0.0.1");
        try
        {
            (await DoctorAsync(cluster)).AssertDone();
            servers = [.. cluster.Agents.SelectMany(agent => Processes.ChildrenOf(agent.Id)).Where(IsServer)];
        }
        finally
        {
            await cluster.DisposeAsync();
        }

        Assert.Equal(2, servers.Length);
        await Until.TrueAsync(() => !servers.Any(Processes.IsAlive), TimeSpan.FromSeconds(30), "both servers have ended");

        static bool IsServer(int process) => File.ReadAllText($"/proc/{process}/cmdline").Contains("--secret", StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Nodes_that_others_cannot_reach_are_told_with_what_to_do()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(cores: 1, agents: 2);

        Finished doctor = await DoctorAsync(cluster);

        Assert.Equal(1, doctor.ExitCode);
        Assert.Contains("node1 serves its own machine only: its agent was started without --advertise", doctor.Output, StringComparison.Ordinal);
    }

    /// <summary>It is up until the manager misses it: the trial meets silence, and ends.</summary>
    [Fact(Timeout = 120_000)]
    public async Task Node_that_stands_still_is_a_finding_and_not_the_end()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(cores: 1, agents: 2, advertise: "127.0.0.1");
        Assert.True(ProcessControl.Kill(cluster.Agents[1].Id, ProcessSignal.Stop));

        Finished doctor = await DoctorAsync(cluster);

        Assert.Equal(1, doctor.ExitCode);
        Assert.Matches("node0 +node1 +- +no .*(did not send its answer within|only nodes that are up)", doctor.Output);
        Assert.Matches("node1 +node0 +- +no ", doctor.Output);
    }

    private static async Task<Finished> DoctorAsync(TestCluster cluster, params string[] more)
    {
        string[] words = [Path.Combine(AppContext.BaseDirectory, "Rowen.Cli.dll"), "doctor", "--nodes", "--cluster", cluster.ClusterFile, .. more];
        using Process process = Process.Start(new ProcessStartInfo("dotnet", words) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        return await Finished.OfAsync(process, Bound);
    }
}
