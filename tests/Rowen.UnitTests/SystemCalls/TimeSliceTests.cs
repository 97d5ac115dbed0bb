using Rowen.Fabric.OperatingSystem;

namespace Rowen.UnitTests.SystemCalls;

public sealed class TimeSliceTests
{
    private static readonly bool IsKnownToTheKernel = Environment.OSVersion.Version >= new Version(6, 12);

    [Fact]
    public void Thread_that_gives_way_hands_that_on_until_its_process_is_restored()
    {
        long own = 0, inherited = 0, restored = 0;
        var thread = new Thread(() =>
        {
            TimeSlice.GiveWay();
            own = TimeSlice.OwnNs;
            inherited = OnAnotherThread(() => TimeSlice.OwnNs);
            TimeSlice.Restore(Environment.ProcessId);
            restored = TimeSlice.OwnNs;
        });
        thread.Start();
        thread.Join();

        long longest = IsKnownToTheKernel ? 100_000_000 : 0;
        Assert.Equal((longest, longest), (own, inherited));
        Assert.True(restored < 50_000_000, $"{restored} ns");
    }

    [Fact]
    public void Threads_of_a_process_that_hurries_hand_that_on_until_it_is_restored()
    {
        long inherited = 0, restored = 0;
        var thread = new Thread(() =>
        {
            TimeSlice.Hurry(Environment.ProcessId);
            inherited = OnAnotherThread(() => TimeSlice.OwnNs);
            TimeSlice.Restore(Environment.ProcessId);
            restored = TimeSlice.OwnNs;
        });
        thread.Start();
        thread.Join();

        Assert.Equal(IsKnownToTheKernel ? 100_000 : 0, inherited);
        Assert.True(restored != 100_000, $"{restored} ns");
    }

    /// <summary>Where each pass over its threads finds one more.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Process_that_starts_threads_without_end_holds_nobody_up()
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        void StartNext()
        {
            if (!enough.IsCancellationRequested)
            {
                new Thread(StartNext, maxStackSize: 128 * 1024).Start();
            }
        }

        StartNext();
        await Task.Run(() => TimeSlice.Restore(Environment.ProcessId), TestContext.Current.CancellationToken);

        await enough.CancelAsync();
    }

    private static long OnAnotherThread(Func<long> read)
    {
        long value = 0;
        var thread = new Thread(() => value = read());
        thread.Start();
        thread.Join();
        return value;
    }
}
