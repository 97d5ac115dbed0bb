using System.Diagnostics;
using Rowen.Fabric.OperatingSystem;
using Rowen.Functions;
using Rowen.IntegrationTests.ResourceManager;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;

namespace Rowen.IntegrationTests.Faults;

/// <summary>Processes that are really killed, and what everybody else then sees.</summary>
public sealed class DeathTests
{
    private static readonly LeaseRequest OneHotCore = new()
    {
        Cores = 1,
        Code = TestPackage.Code,
        Duration = TimeSpan.FromSeconds(30),
        HotWindow = TimeSpan.FromMilliseconds(1),
    };

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public Task Killed_executor_ends_what_ran_as_unknown_and_what_waited_as_not_executed() => Until.ToldAtOnceAsync(async () =>
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        await using Lease lease = await client.LeaseAsync(OneHotCore, Bound);
        int executor = await lease.Function<Nothing, int>("ProcessId").InvokeAsync(default, cancellationToken: Bound);
        Task<int> runs = await cluster.SleepAsync(lease, 60_000);
        Task<int> waits = lease.Function<int, int>("Sleep").InvokeAsync(60_000, cancellationToken: Bound).AsTask();

        long killedAt = Stopwatch.GetTimestamp();
        ProcessControl.Kill(executor, ProcessSignal.Kill);
        InvocationException ran = await Assert.ThrowsAsync<InvocationException>(() => runs);
        InvocationException waited = await Assert.ThrowsAsync<InvocationException>(() => waits);
        TimeSpan told = Stopwatch.GetElapsedTime(killedAt);

        Assert.Equal(InvocationOutcome.Unknown, ran.Outcome);
        Assert.Equal(InvocationOutcome.NotExecuted, waited.Outcome);
        Assert.Contains(lease.Id.ToString(), ran.Message, StringComparison.Ordinal);
        Assert.True(lease.EndedToken.IsCancellationRequested);
        await Until.TrueAsync(
            async () => (await client.LeasesAsync()).Any(view => view.Id == lease.Id && view.EndCode == ErrorCode.ExecutorCrashed),
            TimeSpan.FromSeconds(30),
            "the lease said that its executor crashed");
        await Until.TrueAsync(
            () => cluster.Executors() is { Count: > 0 } left && !left.Contains(executor),
            TimeSpan.FromSeconds(30),
            "the agent had buried the executor and had others in its pool");
        return told;
    });

    /// <summary>libfabric itself says nothing of a peer that was killed.</summary>
    [Fact(Timeout = 120_000)]
    public Task Killed_executor_ends_invocations_over_libfabric_as_unknown() => Until.ToldAtOnceAsync(async () =>
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        await using Lease lease = await client.LeaseAsync(OneHotCore with { Provider = "ofi" }, Bound);
        int executor = await lease.Function<Nothing, int>("ProcessId").InvokeAsync(default, cancellationToken: Bound);
        Task<int> runs = await cluster.SleepAsync(lease, 60_000);

        long killedAt = Stopwatch.GetTimestamp();
        ProcessControl.Kill(executor, ProcessSignal.Kill);
        InvocationException ran = await Assert.ThrowsAsync<InvocationException>(() => runs);
        TimeSpan told = Stopwatch.GetElapsedTime(killedAt);

        Assert.Equal("ofi", lease.Provider);
        Assert.Equal(InvocationOutcome.Unknown, ran.Outcome);
        Assert.True(lease.EndedToken.IsCancellationRequested);
        return told;
    });

    /// <summary>Its functions printed into C's buffer, and nobody waits for an orderly exit.</summary>
    [Fact(Timeout = 120_000)]
    public async Task Output_of_a_lease_is_kept_when_its_agent_is_asked_to_end()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        await using Lease lease = await client.LeaseAsync(OneHotCore, Bound);
        await lease.Function("native_prints").InvokeAsync("yes"u8.ToArray(), Memory<byte>.Empty, cancellationToken: Bound);

        ProcessControl.Kill(cluster.Agent.Id, ProcessSignal.Terminate);
        await cluster.Agent.WaitForExitAsync(Bound);

        Assert.Equal("native says yes\n", cluster.ReadLog(lease.Id, "out"));
    }

    [Fact(Timeout = 120_000)]
    public Task Killed_agent_takes_its_executors_with_it() => Until.ToldAtOnceAsync(async () =>
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        await using Lease lease = await client.LeaseAsync(OneHotCore, Bound);
        int executor = await lease.Function<Nothing, int>("ProcessId").InvokeAsync(default, cancellationToken: Bound);
        Task<int> runs = await cluster.SleepAsync(lease, 60_000);

        long killedAt = Stopwatch.GetTimestamp();
        ProcessControl.Kill(cluster.Agent.Id, ProcessSignal.Kill);
        InvocationException ran = await Assert.ThrowsAsync<InvocationException>(() => runs);
        TimeSpan told = Stopwatch.GetElapsedTime(killedAt);

        Assert.Equal(InvocationOutcome.Unknown, ran.Outcome);
        await Until.TrueAsync(() => !Processes.IsAlive(executor), TimeSpan.FromSeconds(30), "the executor was gone");
        await Until.TrueAsync(
            async () => (await client.LeasesAsync()).Any(view => view.Id == lease.Id && view.State == LeaseState.Ended),
            TimeSpan.FromSeconds(30),
            "the manager ended the lease of the lost node");
        return told;
    });

    [Fact(Timeout = 120_000)]
    public async Task Killed_manager_is_not_missed_by_invocations_and_remembers_every_lease_when_it_is_back()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        await using Lease lease = await client.LeaseAsync(OneHotCore with { Duration = TimeSpan.FromSeconds(60) }, Bound);
        Function<Nothing, int> count = lease.Function<Nothing, int>("Count");
        int first = await count.InvokeAsync(default, cancellationToken: Bound);

        ProcessControl.Kill(cluster.Manager.Id, ProcessSignal.Kill);
        await cluster.Manager.WaitForExitAsync(Bound);
        for (int i = 1; i <= 1_000; i++)
        {
            Assert.Equal(first + i, await count.InvokeAsync(default, cancellationToken: Bound));
        }

        cluster.StartManager();
        await Until.TrueAsync(async () => await IsActiveAsync(cluster, lease), TimeSpan.FromSeconds(30), "the lease was active at the new manager");
        Assert.Equal(first + 1_001, await count.InvokeAsync(default, cancellationToken: Bound));
        await using RowenClient again = await cluster.ConnectAsync();
        Assert.Single(await again.LeasesAsync(Bound), view => view.Id == lease.Id);
        await using Lease next = await again.LeaseAsync(OneHotCore, Bound);
        Assert.True(next.Id.Value > lease.Id.Value, $"{next.Id} after {lease.Id}");
    }

    [Fact(Timeout = 120_000)]
    public async Task Stopped_executor_is_fenced_once_its_lease_is_over()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using RowenClient client = await cluster.ConnectAsync();
        await using Lease lease = await client.LeaseAsync(OneHotCore with { Duration = TimeSpan.FromSeconds(5) }, Bound);
        int executor = await lease.Function<Nothing, int>("ProcessId").InvokeAsync(default, cancellationToken: Bound);
        using var folder = new TemporaryFolder();
        Function<string, int> record = lease.Function<string, int>("RecordAndSleep");
        await record.InvokeAsync($"{folder.Path}/in-time|1|0", cancellationToken: Bound);

        // The agent, too, is stopped: else it would end the executor itself, and nothing would be left to fence.
        ProcessControl.Kill(cluster.Agent.Id, ProcessSignal.Stop);
        ProcessControl.Kill(executor, ProcessSignal.Stop);
        // A hot thread is faster; and an agent that still goes on renews the lease.
        await Until.TrueAsync(() => IsStopped(executor) && IsStopped(cluster.Agent.Id), TimeSpan.FromSeconds(30), "executor and agent stood still");
        Task<int> late = record.InvokeAsync($"{folder.Path}/late|1|0", cancellationToken: Bound).AsTask();
        await Task.Delay(TimeSpan.FromSeconds(5.5), Bound);
        ProcessControl.Kill(executor, ProcessSignal.Continue);
        InvocationException refused = await Assert.ThrowsAsync<InvocationException>(() => late);
        ProcessControl.Kill(cluster.Agent.Id, ProcessSignal.Continue);

        Assert.NotEqual(InvocationOutcome.Completed, refused.Outcome);
        await Until.TrueAsync(() => !Processes.IsAlive(executor), TimeSpan.FromSeconds(30), "the executor was gone");
        Assert.StartsWith("in-time.", Path.GetFileName(Assert.Single(Directory.GetFiles(folder.Path))), StringComparison.Ordinal);
    }

    [Fact(Timeout = 150_000)] // `rowen call` leases for a minute
    public async Task Killed_client_loses_its_lease_when_it_is_over_and_the_cores_are_free_again()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(cores: 1);
        await using RowenClient client = await cluster.ConnectAsync();
        using Process abandoned = StartCall(cluster, "Sleep", "60000");
        await Until.TrueAsync(
            async () => (await client.LeasesAsync()).Any(view => view.State == LeaseState.Active), TimeSpan.FromSeconds(30), "its lease was active");

        abandoned.Kill();
        await using Lease lease = await client.LeaseAsync(OneHotCore with { Cores = 1, MaxWait = TimeSpan.FromSeconds(120) }, Bound);

        Assert.Equal(1, lease.Cores);
    }

    private static bool IsStopped(int process) => Directory.EnumerateDirectories($"/proc/{process}/task")
        .All(thread => File.ReadAllText(Path.Combine(thread, "stat")).Contains(") T ", StringComparison.Ordinal));

    private static async Task<bool> IsActiveAsync(TestCluster cluster, Lease lease)
    {
        try
        {
            await using RowenClient client = await cluster.ConnectAsync();
            return (await client.LeasesAsync()).Any(view => view.Id == lease.Id && view.State == LeaseState.Active);
        }
        catch (RowenException)
        {
            return false; // not listening yet
        }
    }

    private static Process StartCall(TestCluster cluster, string function, string input)
    {
        var start = new ProcessStartInfo("dotnet");
        foreach (string argument in new[]
        {
            Path.Combine(AppContext.BaseDirectory, "Rowen.Cli.dll"), "call", function, "--cluster", cluster.ClusterFile,
            "--code", TestPackage.Code.Origin, "--input", input,
        })
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
