using System.Diagnostics;
using System.Text.Json;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Fabrics;

namespace Rowen.IntegrationTests.Faults;

/// <summary>Fast networks that are there and do not serve: lanes go over TCP, and say why.</summary>
public sealed class FabricFallbackTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Rowen.Cli.dll");

    [Fact(Timeout = 120_000)]
    public async Task Adapter_that_libfabric_does_not_know_is_told_by_nodes_and_leases()
    {
        using var network = new NetworkNamespace();
        using var unknown = new PretendedNetwork(name: null);
        await using TestCluster cluster = await TestCluster.StartAcrossAsync(network, unknown);

        JsonElement call = await CallAsync(cluster, unknown);

        Assert.Equal("tcp", call.GetProperty("provider").GetString());
        Assert.Matches(
            "^shm: the other end is on another machine; ofi: libfabric 1\\.[0-9]+ has no provider for infiniband/pretended0$",
            call.GetProperty("whyNotFaster").GetString());
        Assert.Matches("not ofi: libfabric 1\\.[0-9]+ has no provider for infiniband/pretended0", await NodesAsync(cluster));
    }

    /// <summary>Both have libfabric's TCP besides: over that, lanes would be slower than over TCP itself.</summary>
    [Fact(Timeout = 120_000)]
    public async Task Ends_whose_networks_differ_have_TCP_and_not_libfabrics_TCP()
    {
        using var network = new NetworkNamespace();
        using var there = new PretendedNetwork("efa");
        using var here = new PretendedNetwork("verbs;ofi_rxm");
        await using TestCluster cluster = await TestCluster.StartAcrossAsync(network, there);

        JsonElement call = await CallAsync(cluster, here);
        JsonElement forced = await CallAsync(cluster, here, "--provider", "ofi");

        Assert.Equal("ofi", forced.GetProperty("provider").GetString()); // so that it is what they could have had
        Assert.Equal("tcp", call.GetProperty("provider").GetString());
        string why = call.GetProperty("whyNotFaster").GetString()!;
        Assert.Contains("ofi: ", why, StringComparison.Ordinal);
        Assert.Contains("no libfabric provider in common: verbs;ofi_rxm there, efa", why, StringComparison.Ordinal);
        Assert.Contains("shm, ofi, tcp", await NodesAsync(cluster), StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Network_that_both_have_and_that_does_not_open_is_left_for_TCP_with_its_own_words()
    {
        using var network = new NetworkNamespace();
        using var same = new PretendedNetwork("efa");
        await using TestCluster cluster = await TestCluster.StartAcrossAsync(network, same);

        JsonElement call = await CallAsync(cluster, same);

        Assert.Equal("tcp", call.GetProperty("provider").GetString());
        Assert.Matches("ofi: .*libfabric's fi_[a-z]+ failed", call.GetProperty("whyNotFaster").GetString());
    }

    /// <summary>Whoever asks for libfabric by name has an error, and no other fabric instead.</summary>
    [Fact(Timeout = 120_000)]
    public async Task Forced_provider_that_does_not_open_is_an_error()
    {
        using var network = new NetworkNamespace();
        using var same = new PretendedNetwork("efa");
        await using TestCluster cluster = await TestCluster.StartAcrossAsync(network, same);

        Finished call = await RunAsync(same, [.. CallWords(cluster).SkipLast(2), "--provider", "ofi"]);

        Assert.NotEqual(0, call.ExitCode);
        Assert.Matches("libfabric's fi_[a-z]+ failed", call.Output + call.Error);
    }

    private static async Task<JsonElement> CallAsync(TestCluster cluster, PretendedNetwork network, params string[] more)
    {
        Finished call = await RunAsync(network, [.. CallWords(cluster), .. more]);
        call.AssertDone();
        return JsonDocument.Parse(call.Output).RootElement;
    }

    private static string[] CallWords(TestCluster cluster) =>
        ["call", "Sleep", "--code", TestPackage.Folder, "--input", "7", "--cluster", cluster.ClusterFile, "--output", "json"];

    private static async Task<string> NodesAsync(TestCluster cluster)
    {
        Finished nodes = await RunAsync(["dotnet", Program, "nodes", "--cluster", cluster.ClusterFile]);
        nodes.AssertDone();
        return nodes.Output;
    }

    private static Task<Finished> RunAsync(PretendedNetwork network, IEnumerable<string> words) =>
        RunAsync([.. network.Around(["dotnet", Program, .. words])]);

    private static async Task<Finished> RunAsync(string[] command)
    {
        using Process process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        return await Finished.OfAsync(process, Bound);
    }
}
