using System.Diagnostics;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.Fabric;

/// <summary>The same contract where the two ends have a network each, with a cable between them: nothing of it may depend on loopback.</summary>
/// <remarks>In a process of its own, since threads take along the network of whoever starts them.</remarks>
public sealed class NamespaceContractTests
{
    /// <summary>A quiet machine takes a tenth of it.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(150);

    /// <summary>What one class writes at the least: <c>Megabytes_arrive_whole_both_ways</c> alone, one way.</summary>
    private const long LeastBytes = 3 << 20;

    [Theory(Timeout = 180_000)]
    [InlineData(typeof(TcpContractTests))]
    [InlineData(typeof(OfiContractTests))]
    [InlineData(typeof(OfiMessageContractTests))]
    [InlineData(typeof(OfiNetContractTests))]
    public async Task Contract_is_kept_between_two_networks(Type contract)
    {
        using var network = new NetworkNamespace();
        (long sent, long received) = (network.SentBytes, network.ReceivedBytes);

        Finished run = await RunAsync(contract, network);

        run.AssertDone();
        TestSummary summary = Assert.IsType<TestSummary>(TestSummary.ReadOrNone(run.Output));
        Assert.True(summary.Total >= 40, run.Output);
        Assert.Equal(0, summary.Failed);
        Assert.InRange(network.SentBytes - sent, LeastBytes, long.MaxValue);
        Assert.InRange(network.ReceivedBytes - received, LeastBytes, long.MaxValue);
    }

    private static async Task<Finished> RunAsync(Type contract, NetworkNamespace network)
    {
        string tests = Path.Combine(AppContext.BaseDirectory, "Rowen.IntegrationTests.dll");
        var start = new ProcessStartInfo("dotnet", [tests, "-noLogo", "-noColor", "-class", contract.FullName!])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[TestedPlace.Variable] = $"{network.NearAddress},{network.FarAddress},{network.Name}";
        using Process process = Process.Start(start)!;
        return await Finished.OfAsync(process, Bound);
    }
}
