using System.Diagnostics;
using System.Globalization;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Roles;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;

namespace Rowen.Cli.Benchmarks.Agents;

/// <summary>Many agents join at once, serve a lease each, and leave within two seconds, while as many leases wait; then as many others join.</summary>
/// <remarks>The manager is a process of its own, and the agents are connections of this one, with TLS and token as from other machines.</remarks>
internal sealed class AgentBenchmark(int agentCount, BenchmarkProgress progress)
{
    private const int Seed = 20_261_122;
    private const int MaxAsking = 64;

    private static readonly TimeSpan LeaveTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(8);
    private static readonly TimeSpan MaxPoll = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time = TimeProvider.System;
    private readonly List<AgentPhase> _phases = [];
    private Process? _process;
    private ManagerClient? _manager;

    public async Task<AgentBenchmarkReport> RunAsync(CancellationToken cancellationToken)
    {
        string folder = ClusterFolders.CreateTemporary("bench-agents");
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Bound);
        List<SimulatedAgent> agents = [];
        try
        {
            ClusterFile cluster = await StartManagerAsync(folder, bound.Token);
            _manager = new ManagerClient(cluster, new ManagerClientOptions { ConnectTimeout = Bound, RequestTimeout = Bound });
            return await MeasureAsync(cluster, agents, bound.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RowenException(ErrorCode.DeadlineExceeded, $"The agents were not done within {Bound.TotalMinutes:0} minutes: ask for fewer with --agents.");
        }
        finally
        {
            await Task.WhenAll(agents.Select(agent => agent.DisposeAsync().AsTask()));
            _manager?.Dispose();
            _process?.Kill(entireProcessTree: true);
            _process?.Dispose();
            ClusterFolders.Remove(folder);
        }
    }

    private async Task<AgentBenchmarkReport> MeasureAsync(ClusterFile cluster, List<SimulatedAgent> agents, CancellationToken cancellationToken)
    {
        SimulatedAgent[] first = Create(cluster, 1, agents);
        LeaseView[] leases = [];
        await TimeAsync("join at once", () => JoinAsync(first, cancellationToken));
        await TimeAsync("take a lease each", async () => leases = await AwaitAllAsync(await AskAsync(cancellationToken), IsActive, cancellationToken));
        await TimeAsync("rest, reporting each second", () => Task.Delay(QuietTime, _time, cancellationToken));
        LeaseView[] waiting = await AskAsync(cancellationToken);
        await TimeAsync("leave within 2 s", async () =>
        {
            Task<LeaseView[]> ended = AwaitAllAsync(leases, IsOver, cancellationToken);
            await LeaveAsync(first, cancellationToken);
            leases = await ended;
        });
        int lost = leases.Count(lease => lease.EndCode != ErrorCode.LeaseRevoked) + waiting.Count(lease => lease.State != LeaseState.Waiting);
        SimulatedAgent[] others = Create(cluster, agentCount + 1, agents);
        await TimeAsync("others join, for those that wait", async () =>
        {
            Task<LeaseView[]> granted = AwaitAllAsync(waiting, IsActive, cancellationToken);
            await JoinAsync(others, cancellationToken);
            waiting = await granted;
        });
        lost += waiting.Count(lease => lease.State != LeaseState.Active);
        return new AgentBenchmarkReport(MachineFacts.Read(), agentCount, _phases, lost, _phases.Max(phase => phase.ManagerCores) <= 1, lost == 0);
    }

    private SimulatedAgent[] Create(ClusterFile cluster, int firstInstance, List<SimulatedAgent> all)
    {
        SimulatedAgent[] agents = [.. Enumerable.Range(firstInstance, agentCount).Select(instance => new SimulatedAgent(cluster, instance, _time))];
        all.AddRange(agents);
        return agents;
    }

    private static Task JoinAsync(IEnumerable<SimulatedAgent> agents, CancellationToken cancellationToken) =>
        Task.WhenAll(agents.Select(agent => agent.JoinAsync(cancellationToken)));

    /// <summary>As many more leases as there are agents.</summary>
    private Task<LeaseView[]> AskAsync(CancellationToken cancellationToken)
    {
        var ask = new LeaseAsk { Cores = 1, DurationMs = 3_600_000, Client = "rowen bench agents" };
        return AllAsync(new LeaseView[agentCount], _ => _manager!.AskLeaseAsync(ask, cancellationToken), cancellationToken);
    }

    private static bool IsActive(LeaseView lease) => lease.State is LeaseState.Active or LeaseState.Ended;

    private static bool IsOver(LeaseView lease) => lease.State == LeaseState.Ended;

    /// <summary>By long polls, as clients do.</summary>
    private Task<LeaseView[]> AwaitAllAsync(LeaseView[] leases, Func<LeaseView, bool> isThere, CancellationToken cancellationToken) => AllAsync(
        leases,
        async lease =>
        {
            while (!isThere(lease))
            {
                lease = await _manager!.WaitForLeaseAsync(lease.Id, lease.Version, MaxPoll, cancellationToken);
            }

            return lease;
        },
        cancellationToken);

    /// <summary>Some at a time: a thousand clients are not one process that connects a thousand times at once.</summary>
    private static async Task<LeaseView[]> AllAsync(LeaseView[] leases, Func<LeaseView, Task<LeaseView>> ask, CancellationToken cancellationToken)
    {
        var answers = new LeaseView[leases.Length];
        await Parallel.ForAsync(
            0,
            leases.Length,
            new ParallelOptions { MaxDegreeOfParallelism = MaxAsking, CancellationToken = cancellationToken },
            async (index, _) => answers[index] = await ask(leases[index]));
        return answers;
    }

    /// <summary>Each at a moment of its own.</summary>
    private async Task LeaveAsync(IEnumerable<SimulatedAgent> agents, CancellationToken cancellationToken)
    {
        var random = new Random(Seed);
        await Task.WhenAll(agents.Select(agent => (agent, At: LeaveTime * random.NextDouble())).ToArray().Select(async each =>
        {
            await Task.Delay(each.At, _time, cancellationToken);
            await each.agent.LeaveAsync(cancellationToken);
        }));
    }

    private async Task TimeAsync(string name, Func<Task> act)
    {
        progress.Say(string.Create(CultureInfo.InvariantCulture, $"{agentCount} agents {name}"));
        TimeSpan used = ProcessorClock.UsedBy([_process!.Id]);
        long startedAt = _time.GetTimestamp();
        await act();
        double seconds = _time.GetElapsedTime(startedAt).TotalSeconds;
        double managerSeconds = (ProcessorClock.UsedBy([_process.Id]) - used).TotalSeconds;
        _phases.Add(new AgentPhase(name, Math.Round(seconds, 3), Math.Round(managerSeconds, 3), Math.Round(managerSeconds / seconds, 3)));
    }

    private async Task UntilAsync(Func<Task<bool>> isDone, CancellationToken cancellationToken)
    {
        while (!await isDone())
        {
            await Task.Delay(Step, _time, cancellationToken);
        }
    }

    private async Task<ClusterFile> StartManagerAsync(string folder, CancellationToken cancellationToken)
    {
        string file = Path.Combine(folder, "cluster.json");
        ProcessStartInfo start = RowenProgram.StartInfo("bench", AgentManagerVerb.Name, folder, file);
        start.RedirectStandardInput = true; // it ends with us
        _process = Process.Start(start)!;
        await UntilAsync(
            () => _process.HasExited
                ? throw new RowenException(ErrorCode.ManagerUnreachable, "The manager ended before it took calls; what it said is above.")
                : Task.FromResult(File.Exists(file)),
            cancellationToken);
        return ClusterFiles.Read(file);
    }
}
