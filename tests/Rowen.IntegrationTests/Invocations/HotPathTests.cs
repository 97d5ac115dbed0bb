using Rowen.Functions;

namespace Rowen.IntegrationTests.Invocations;

/// <summary>What the hot path promises beside being fast.</summary>
public sealed class HotPathTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>
{
    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    [InlineData("ofi")]
    public async Task Hot_invocation_allocates_nothing_on_either_side(string provider)
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Provider = provider, HotWindow = Timeout.InfiniteTimeSpan });
        Function echo = lease.Function("Echo");
        Function allocated = lease.Function("AllocatedBytes");

        (long caller, long executor) = Measure(echo, allocated);

        Assert.Equal(0, caller);
        Assert.Equal(0, executor);
    }

    [Fact(Timeout = 120_000)]
    public async Task Calls_of_many_threads_on_one_lane_all_get_their_own_answer()
    {
        await using Lease lease = await cluster.LeaseAsync();
        Function echo = lease.Function("Echo");

        await Parallel.ForAsync(0, 8, Bound, (caller, _) =>
        {
            byte[] input = new byte[100 + caller];
            byte[] output = new byte[input.Length];
            for (int i = 0; i < 500; i++)
            {
                input.AsSpan().Fill((byte)(caller + i));
                echo.Invoke(input, output, cancellationToken: Bound).ThrowIfFailed();
                Assert.True(input.AsSpan().SequenceEqual(output));
            }

            return ValueTask.CompletedTask;
        });
    }

    [Fact(Timeout = 120_000)]
    public async Task Many_asynchronous_calls_at_once_all_get_their_own_answer()
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Cores = 2 });
        Function<int, int> twice = lease.Function<int, int>("TwiceLater");

        int[] results = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => twice.InvokeAsync(i, cancellationToken: Bound).AsTask()));

        Assert.Equal([.. Enumerable.Range(0, 300).Select(i => 2 * i)], results);
    }

    [Fact(Timeout = 120_000)]
    public async Task Cancelled_caller_stops_waiting_and_the_lane_serves_on()
    {
        await using Lease lease = await cluster.LeaseAsync();
        using var cancel = new CancellationTokenSource();
        Task<int> sleeps = lease.Function<int, int>("Sleep").InvokeAsync(2_000, cancellationToken: cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sleeps);
        Assert.Equal(42, await lease.Function<Nothing, int>("Answer").InvokeAsync(default, cancellationToken: Bound));
    }

    private static (long Caller, long Executor) Measure(Function echo, Function allocated)
    {
        byte[] input = new byte[64];
        byte[] output = new byte[64];
        byte[] count = new byte[8];
        Repeat(20_000); // until everything is compiled as well as it will be
        allocated.Invoke(input, count, cancellationToken: default).ThrowIfFailed();
        allocated.Invoke(input, count, cancellationToken: default).ThrowIfFailed();
        long executorBefore = BitConverter.ToInt64(count);
        long callerBefore = GC.GetAllocatedBytesForCurrentThread();
        Repeat(1_000);
        long caller = GC.GetAllocatedBytesForCurrentThread() - callerBefore;
        allocated.Invoke(input, count, cancellationToken: default).ThrowIfFailed();
        return (caller, BitConverter.ToInt64(count) - executorBefore);

        void Repeat(int calls)
        {
            for (int i = 0; i < calls; i++)
            {
                echo.Invoke(input, output);
            }
        }
    }
}
