using System.Diagnostics;
using Rowen.Functions;
using Rowen.IntegrationTests.Faults;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.Client;

public sealed class RowenClientTests
{
    private static readonly LeaseRequest OneCore = new() { Code = TestPackage.Code, HotWindow = TimeSpan.Zero };

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Local_cluster_starts_serves_and_leaves_nothing_behind()
    {
        RowenClient client = await RowenClient.StartLocalAsync(new LocalClusterOptions { Cores = 1 }, Bound);
        string folder = Path.GetDirectoryName(client.Address["unix:".Length..])!;
        await using (client)
        {
            NodeView node = Assert.Single(await client.NodesAsync(Bound));
            Assert.Equal((1, 1), (node.Cores, node.FreeCores));
            Lease lease = await client.LeaseAsync(OneCore, Bound);
            Assert.Equal("Hello, Rowen!", await lease.Function<string, string>(WellBehaved.Greet).InvokeAsync("Rowen", cancellationToken: Bound));
        }

        Assert.False(Directory.Exists(folder));
        Assert.DoesNotContain(Process.GetProcesses(), process => CommandLineOf(process).Contains(folder, StringComparison.Ordinal));
    }

    [Fact(Timeout = 120_000)]
    public async Task Full_cluster_refuses_or_lets_wait_with_the_reason_in_sight()
    {
        await using RowenClient client = await RowenClient.StartLocalAsync(new LocalClusterOptions { Cores = 1 }, Bound);
        Lease first = await client.LeaseAsync(OneCore, Bound);

        RowenException refusal = await Assert.ThrowsAsync<RowenException>(() => client.LeaseAsync(OneCore with { WhenFull = WhenFull.Fail }, Bound));
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<Lease> second = client.LeaseAsync(OneCore with { Progress = new WaitingReason(told) }, Bound);
        string reason = await told.Task.WaitAsync(TimeSpan.FromSeconds(30), Bound);
        Assert.False(second.IsCompleted);
        await first.DisposeAsync();
        await using Lease granted = await second;

        Assert.Equal(ErrorCode.CapacityExhausted, refusal.Code);
        Assert.Contains("core", reason, StringComparison.Ordinal);
        Assert.Equal(-1, await granted.Function<int, int>(WellBehaved.Named).InvokeAsync(1, cancellationToken: Bound));
    }

    [Fact(Timeout = 120_000)]
    public async Task Cancelled_request_leaves_the_queue()
    {
        await using RowenClient client = await RowenClient.StartLocalAsync(new LocalClusterOptions { Cores = 1 }, Bound);
        await using Lease first = await client.LeaseAsync(OneCore, Bound);
        using var cancellation = new CancellationTokenSource();
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<Lease> second = client.LeaseAsync(OneCore with { Progress = new WaitingReason(told) }, cancellation.Token);
        await told.Task.WaitAsync(TimeSpan.FromSeconds(30), Bound);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);

        Assert.DoesNotContain(await client.LeasesAsync(Bound), lease => lease.State == LeaseState.Waiting);
    }

    [Fact(Timeout = 120_000)]
    public async Task Request_that_is_given_up_while_the_manager_answers_leaves_no_lease()
    {
        await using RowenClient client = await RowenClient.StartLocalAsync(new LocalClusterOptions { Cores = 1 }, Bound);
        await (await client.LeaseAsync(OneCore, Bound)).DisposeAsync(); // the connection stands, the code is there

        for (int step = 0; step < 60; step++)
        {
            using var cancellation = new CancellationTokenSource();
            Task<Lease> asked = client.LeaseAsync(OneCore, cancellation.Token);
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < step * 25)
            {
            }

            await cancellation.CancelAsync();
            if (await Task.WhenAny(asked) is { IsCompletedSuccessfully: true })
            {
                await (await asked).DisposeAsync();
            }
        }

        Assert.DoesNotContain(await client.LeasesAsync(Bound), lease => lease.State is LeaseState.Waiting or LeaseState.Starting or LeaseState.Active);
    }

    [Fact(Timeout = 120_000)]
    public async Task Starved_thread_pool_ends_no_lease()
    {
        await using RowenClient client = await RowenClient.StartLocalAsync(new LocalClusterOptions { Cores = 1 }, Bound);
        await using Lease lease = await client.LeaseAsync(OneCore with { Duration = TimeSpan.FromSeconds(5) }, Bound);
        Function<int, int> negate = lease.Function<int, int>(WellBehaved.Named);
        var end = new ManualResetEventSlim(); // not disposed: work items that start late still look at it

        int result = await Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < 500; i++)
                {
                    ThreadPool.UnsafeQueueUserWorkItem(_ => end.Wait(TimeSpan.FromSeconds(30)), null);
                }

                try
                {
                    Thread.Sleep(11_000); // more than two of its lives
                    return negate.Invoke(1);
                }
                finally
                {
                    end.Set();
                }
            },
            Bound,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

        Assert.Equal(-1, result);
        Assert.False(lease.EndedToken.IsCancellationRequested);
    }

    [Fact(Timeout = 120_000)]
    public async Task Function_that_ends_its_process_is_named_as_the_reason_with_the_log()
    {
        await using RowenClient client = await RowenClient.StartLocalAsync(new LocalClusterOptions { Cores = 1 }, Bound);
        await using Lease lease = await client.LeaseAsync(OneCore, Bound);

        InvocationException error = await Assert.ThrowsAsync<InvocationException>(
            () => lease.Function<int, int>(IllBehaved.Exit).InvokeAsync(7, cancellationToken: Bound).AsTask());

        Assert.Equal(InvocationOutcome.Unknown, error.Outcome);
        Assert.Contains("7", error.Message, StringComparison.Ordinal);
        Assert.Contains($"rowen logs {lease.Id}", error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Printed_text_is_read_by_stream()
    {
        await using RowenClient client = await RowenClient.StartLocalAsync(new LocalClusterOptions { Cores = 1 }, Bound);
        await using Lease lease = await client.LeaseAsync(OneCore, Bound);
        await lease.Function<string, Nothing>("Print").InvokeAsync("harvest", cancellationToken: Bound);

        await Until.TrueAsync(
            async () => await client.LogsAsync(lease.Id, LogKind.Output, Bound) == "harvest\n", TimeSpan.FromSeconds(30), "the output was there");
        await Until.TrueAsync(
            async () => await client.LogsAsync(lease.Id, LogKind.Error, Bound) == "warning: harvest\n", TimeSpan.FromSeconds(30), "the error was there");
    }

    [Fact]
    public async Task Program_that_is_no_rowen_is_reported_with_its_last_words()
    {
        RowenException error = await Assert.ThrowsAsync<RowenException>(
            () => RowenClient.StartLocalAsync(new LocalClusterOptions { RowenPath = "/bin/ls" }, Bound));

        Assert.Contains("ended at its start (exit code 2)", error.Message, StringComparison.Ordinal);
        Assert.Contains("--embedded", error.Message, StringComparison.Ordinal);
    }

    private static string CommandLineOf(Process process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Id}/cmdline");
        }
        catch (IOException)
        {
            return string.Empty; // it has ended meanwhile
        }
    }

    private sealed class WaitingReason(TaskCompletionSource<string> told) : IProgress<LeaseProgress>
    {
        public void Report(LeaseProgress value)
        {
            if (value.State == LeaseState.Waiting)
            {
                told.TrySetResult(value.Reason);
            }
        }
    }
}
