using System.Diagnostics;
using System.Text.Json;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Fabrics;
using Rowen.IntegrationTests.ResourceManager;

namespace Rowen.IntegrationTests.Faults;

/// <summary>Fast networks that are there and do not serve: lanes go over TCP, and say why.</summary>
public sealed class FabricFallbackTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Rowen.Cli.dll");

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

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

    /// <summary>What opens at both ends says nothing of the way between them: only a write that arrives does.</summary>
    [Theory(Timeout = 240_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Network_that_opens_and_does_not_reach_is_left_for_TCP_with_its_own_words(bool isCut)
    {
        using var network = new NetworkNamespace();
        (string nearAddress, string farAddress) = isCut ? network.AddAddressesWithoutRoute() : (network.NearAddress, network.FarAddress);
        using var near = new PretendedNetwork("efa", nearAddress);
        using var far = new PretendedNetwork("efa", farAddress);
        await using TestCluster cluster = await TestCluster.StartAcrossAsync(network, far);

        JsonElement call = await CallAsync(cluster, near);

        Assert.Equal(isCut ? "tcp" : "ofi", call.GetProperty("provider").GetString());
        string why = call.GetProperty("whyNotFaster").GetString()!;
        TestContext.Current.TestOutputHelper?.WriteLine(why); // what fails to match is shown by its beginning alone
        Assert.Matches(isCut ? "^shm: [^;]*; ofi: (The peer refuses a connection over libfabric: )?The peer did not meet us over libfabric within [0-9]+ s" : "^shm: [^;]*$", why);
    }

    [Fact(Timeout = 240_000)]
    public async Task Check_tells_a_network_that_opens_and_does_not_reach_and_takes_TCP()
    {
        using var network = new NetworkNamespace();
        using var folder = new TemporaryFolder();
        (string nearAddress, string farAddress) = network.AddAddressesWithoutRoute();
        using var near = new PretendedNetwork("efa", nearAddress);
        using var far = new PretendedNetwork("efa", farAddress);
        string secret = Path.Combine(folder.Path, "secret");
        string[] serve = ["dotnet", Program, "fabric", "serve", "--listen", $"{network.FarAddress}:7600", "--secret", secret];
        using Process server = Start(["ip", "netns", "exec", network.Name, .. far.Around(serve)]);
        Finished check;
        try
        {
            Assert.StartsWith($"Serving at {network.FarAddress}:7600", await server.StandardOutput.ReadLineAsync(Bound), StringComparison.Ordinal);
            check = await RunAsync(
                near, ["fabric", "check", "--brief", "--peer", $"{network.FarAddress}:7600", "--secret", secret, "--output", "json"]);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }

        JsonElement verdict = JsonDocument.Parse(check.Output).RootElement;
        JsonElement[] findings = [.. verdict.GetProperty("findings").EnumerateArray()];
        Assert.Equal("tcp", verdict.GetProperty("chosen").GetString());
        Assert.Equal(["ofi efa", "tcp"], findings.Select(finding => finding.GetProperty("fabric").GetString()));
        Assert.Matches("did not meet us over libfabric within|No write of this end reached the peer", findings[0].GetProperty("problem").GetString());
        Assert.True(findings[1].GetProperty("hot8Us").GetDouble() > 0);
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
        using Process process = Start(command);
        return await Finished.OfAsync(process, Patience);
    }

    private static Process Start(string[] command) => Process.Start(
        new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
}
