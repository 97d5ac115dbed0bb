using System.Diagnostics;
using Rowen.Cli.Benchmarks.Clusters;
using Rowen.Cli.Benchmarks.Floors;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Benchmarks.Rounds;
using Rowen.Functions;
using Rowen.Protocol.Leases;

namespace Rowen.Cli.Benchmarks.Rows;

/// <summary>What comes before the first invocation: a lease, an executor, its code.</summary>
internal sealed class LeaseRows(FloorSet floors, InvokeSettings settings, BenchmarkProgress progress)
{
    /// <summary>Before the first that counts: the package reaches the node.</summary>
    private const int WarmUpRounds = 8;

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
        await WarmUpAsync(cluster, cancellationToken);
        for (int i = 0; i < WarmUpRounds; i++)
        {
            _ = await ColdAsync(cluster, settings.Code, cancellationToken);
        }

        for (int i = 0; i < settings.SlowRounds; i++)
        {
            withoutCode.Add((await ColdAsync(cluster, code: null, cancellationToken)).MedianUs);
            await rounds.RunAsync(
                () => Task.FromResult(floors.StartEmpty()), () => ColdAsync(cluster, settings.Code, cancellationToken), random);
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
        await WarmUpAsync(cluster, cancellationToken);
        for (int i = 0; i < settings.SlowRounds; i++)
        {
            await rounds.RunAsync(
                () => Task.FromResult(floors.Commit(TripsOfRound)), () => QuietRoundTripsAsync(cluster, cancellationToken), random);
        }

        rows.Add("-", "lease", 0, "one write and fsync", Goal.LeaseAndRelease, rounds);
    }

    /// <summary>Until the compilers of manager and agent have seen what is hot: both have run for long wherever they matter.</summary>
    private async Task WarmUpAsync(BenchmarkCluster cluster, CancellationToken cancellationToken)
    {
        long startedAt = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(startedAt) < settings.WarmUpTime)
        {
            _ = await RoundTripsAsync(cluster, cancellationToken);
        }
    }

    private async Task<RoundSample> ColdAsync(BenchmarkCluster cluster, CodePackage? code, CancellationToken cancellationToken)
    {
        await cluster.WaitUntilQuietAsync(cancellationToken);
        long startedAt = Stopwatch.GetTimestamp();
        await using Lease lease = await cluster.Client.LeaseAsync(new LeaseRequest { Code = code }, cancellationToken);
        if (code is not null)
        {
            CallOnce(lease);
        }

        return RoundSample.Of([Clock.MicrosecondsSince(startedAt)]);
    }

    private void CallOnce(Lease lease) => lease.Function(settings.FunctionName).Invoke(_input, _output).ThrowIfFailed();

    private static async Task<RoundSample> QuietRoundTripsAsync(BenchmarkCluster cluster, CancellationToken cancellationToken)
    {
        await cluster.WaitUntilQuietAsync(cancellationToken);
        return await RoundTripsAsync(cluster, cancellationToken);
    }

    private static async Task<RoundSample> RoundTripsAsync(BenchmarkCluster cluster, CancellationToken cancellationToken)
    {
        double[] trips = new double[TripsOfRound];
        for (int i = 0; i < trips.Length; i++)
        {
            long startedAt = Stopwatch.GetTimestamp();
            LeaseView lease = await cluster.Manager.AskLeaseAsync(new LeaseAsk { MayWait = true, Client = "rowen bench" }, cancellationToken);
            _ = await cluster.Manager.ReleaseAsync(lease.Id, cancellationToken);
            trips[i] = Clock.MicrosecondsSince(startedAt);
        }

        return RoundSample.Of(trips);
    }
}
