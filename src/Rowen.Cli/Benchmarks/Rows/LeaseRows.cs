using System.Diagnostics;
using Rowen.Cli.Benchmarks.Clusters;
using Rowen.Cli.Benchmarks.Floors;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Benchmarks.Rounds;
using Rowen.Functions;

namespace Rowen.Cli.Benchmarks.Rows;

/// <summary>What comes before the first invocation: a lease, an executor, its code.</summary>
internal sealed class LeaseRows(FloorSet floors, InvokeSettings settings, BenchmarkProgress progress)
{
    /// <summary>
    /// Before the first that counts: the package reaches the node, and the compilers of caller, manager and agent, which look
    /// at a method after 30 calls and once more after 60, have seen all of it.
    /// </summary>
    private const int WarmUpLeases = 64;

    /// <summary>In a row: the first of them find everybody asleep, and show in the p99.</summary>
    private const int TripsOfRound = 20;

    private readonly byte[] _input = new byte[InvokeSettings.WarmBytes];
    private readonly byte[] _output = new byte[InvokeSettings.WarmBytes];

    /// <summary>From the request for a lease to the first result; the node has the code package already.</summary>
    public async Task AddColdAsync(
        BenchmarkCluster cluster, string mode, Goal goal, BenchmarkRows rows, CancellationToken cancellationToken)
    {
        progress.Say($"{mode}: from lease request to first result");
        var random = new Random(settings.Seed);
        var rounds = new PairedRounds();
        var withoutCode = new List<double>();
        for (int i = 0; i < (settings.WarmUpTime == TimeSpan.Zero ? 1 : WarmUpLeases); i++)
        {
            _ = await ColdAsync(cluster, settings.Code, cancellationToken);
        }

        for (int i = 0; i < settings.SlowRounds; i++)
        {
            withoutCode.Add((await QuietColdAsync(cluster, code: null, cancellationToken)).MedianUs);
            await rounds.RunAsync(
                () => Task.FromResult(floors.StartEmpty()), () => QuietColdAsync(cluster, settings.Code, cancellationToken), random);
        }

        double codeLoadUs = Math.Round(Math.Max(0, rounds.MedianUs - Quantiles.Median(withoutCode)), 1);
        rows.Add("shm", mode, InvokeSettings.WarmBytes, "start of an empty dotnet program", goal, rounds, codeLoadUs);
    }

    /// <summary>A lease granted and released, both durable before they are acknowledged; what the manager alone takes.</summary>
    public async Task AddRoundTripAsync(BenchmarkCluster cluster, BenchmarkRows rows, CancellationToken cancellationToken)
    {
        progress.Say("lease and release");
        var random = new Random(settings.Seed);
        var rounds = new PairedRounds();
        await cluster.WarmUpAsync(settings.WarmUpTime, cancellationToken);
        for (int i = 0; i < settings.SlowRounds; i++)
        {
            await rounds.RunAsync(
                () => Task.FromResult(floors.Commit(TripsOfRound)), () => RoundTripsAsync(cluster, cancellationToken), random);
        }

        rows.Add("-", "lease", 0, "one write and fsync", Goal.LeaseAndRelease, rounds);
    }

    private async Task<RoundSample> QuietColdAsync(BenchmarkCluster cluster, CodePackage? code, CancellationToken cancellationToken)
    {
        await cluster.WaitUntilQuietAsync(cancellationToken);
        return await ColdAsync(cluster, code, cancellationToken);
    }

    private async Task<RoundSample> ColdAsync(BenchmarkCluster cluster, CodePackage? code, CancellationToken cancellationToken)
    {
        long startedAt = Stopwatch.GetTimestamp();
        await using Lease lease = await cluster.Client.LeaseAsync(new LeaseRequest { Code = code }, cancellationToken);
        if (code is not null)
        {
            CallOnce(lease);
        }

        return RoundSample.Of([Clock.MicrosecondsSince(startedAt)]);
    }

    private void CallOnce(Lease lease) => lease.Function(settings.FunctionName).Invoke(_input, _output).ThrowIfFailed();

    private static async Task<RoundSample> RoundTripsAsync(BenchmarkCluster cluster, CancellationToken cancellationToken)
    {
        await cluster.WaitUntilQuietAsync(cancellationToken);
        double[] trips = new double[TripsOfRound];
        for (int i = 0; i < trips.Length; i++)
        {
            long startedAt = Stopwatch.GetTimestamp();
            await cluster.LeaseAndReleaseAsync(cancellationToken);
            trips[i] = Clock.MicrosecondsSince(startedAt);
        }

        return RoundSample.Of(trips);
    }
}
