using Rowen.NodeAgent.Usage;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Usage;

namespace Rowen.UnitTests.NodeAgent.Usage;

public sealed class LeaseMeterTests
{
    private const long Second = 1_000_000_000;

    private readonly LeaseMeter _meter = new(new LeaseId(7), cores: 2, memoryBytes: 3L << 30, startedAtNs: 100 * Second, processorNs: 3 * Second);

    [Fact]
    public void Allocated_is_cores_times_wall_clock() => Assert.Equal(10_000, _meter.Read(105 * Second, 0).AllocatedMs);

    [Fact]
    public void Memory_is_counted_by_the_time_that_it_is_leased()
    {
        Assert.Equal(3 * 1024 * 5 / 2, _meter.Read(102 * Second + (Second / 2), 0).MemoryMebibyteSeconds);
        Assert.Equal(3 * 1024 * 5 / 2, _meter.Read(101 * Second, 0).MemoryMebibyteSeconds);
        Assert.Equal((1L << 30) * 10_000_000, new LeaseMeter(new LeaseId(1), 0, 1L << 50, 0, 0).Read(10_000_000 * Second, 0).MemoryMebibyteSeconds);
    }

    [Fact]
    public void Polling_is_what_functions_did_not_use()
    {
        _meter.TakeWord(Word(computing: 2), 102 * Second, 7 * Second);

        LeaseUsage usage = _meter.Read(102 * Second, 7 * Second);

        Assert.Equal((2_000, 2_000, 5), (usage.ComputingMs, usage.PollingMs, usage.InvocationCount));
    }

    [Fact]
    public void Forged_word_is_cut_to_what_the_kernel_counted()
    {
        _meter.TakeWord(Word(computing: 1_000), 101 * Second, 4 * Second);

        LeaseUsage usage = _meter.Read(101 * Second, 4 * Second);

        Assert.Equal((1_000, 0), (usage.ComputingMs, usage.PollingMs));
    }

    [Fact]
    public void Executor_that_says_nothing_is_metered_all_the_same()
    {
        LeaseUsage usage = _meter.Read(110 * Second, 9 * Second);

        Assert.Equal((6_000, 0), (usage.ComputingMs, usage.PollingMs));
    }

    [Fact]
    public void Final_processor_time_of_the_kernel_is_the_last_word()
    {
        _meter.TakeWord(Word(computing: 1), 101 * Second, 5 * Second);
        _meter.TakeProcessorTime(6 * Second);

        LeaseUsage usage = _meter.Read(101 * Second, 0);

        Assert.Equal((2_000, 1_000), (usage.ComputingMs, usage.PollingMs));
    }

    [Fact]
    public void Bytes_of_remote_memory_are_the_owners_word_and_never_fewer_than_before()
    {
        _meter.TakeWord(Word(computing: 1) with { MemoryReadBytes = 10, MemoryWrittenBytes = 20 }, 101 * Second, 5 * Second);
        _meter.TakeWord(Word(computing: 1) with { MemoryReadBytes = 9, MemoryWrittenBytes = 21 }, 102 * Second, 5 * Second);

        LeaseUsage usage = _meter.Read(102 * Second, 0);

        Assert.Equal((10, 21), (usage.MemoryReadBytes, usage.MemoryWrittenBytes));
    }

    [Fact]
    public void Totals_never_shrink_and_never_exceed_the_kernel_whatever_is_said()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var meter = new LeaseMeter(new LeaseId(1), 1, 0, 0, 0);
            long now = 0;
            long processor = 0;
            LeaseUsage last = new();
            for (int step = 0; step < 100; step++)
            {
                now += random.NextInt64(4 * Second);
                processor += random.NextInt64(Second);
                if (random.Next(2) == 0)
                {
                    meter.TakeWord(new ExecutorMeter(random.NextInt64(-Second, 200 * Second), random.Next(), true), now, processor);
                }

                LeaseUsage usage = meter.Read(now, processor);
                Assert.True(usage.ComputingMs >= last.ComputingMs && usage.PollingMs >= last.PollingMs, $"seed {seed}, step {step}");
                Assert.True(usage.AllocatedMs >= last.AllocatedMs && usage.InvocationCount >= last.InvocationCount, $"seed {seed}");
                Assert.True(usage.ComputingMs + usage.PollingMs <= processor / 1_000_000, $"seed {seed}, step {step}");
                last = usage;
            }
        }
    }

    private static ExecutorMeter Word(long computing) => new(computing * Second, 5, HasRunUserCode: true);
}
