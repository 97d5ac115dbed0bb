using Rowen.Maps;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;

namespace Rowen.UnitTests.Client;

public sealed class HomeLaneTests
{
    [Fact]
    public async Task What_must_have_a_lease_for_itself_is_no_work_at_home_that_a_map_could_go_on_with()
    {
        var items = new MapItem<int>[1];
        int[] input = [7];
        await using var run = new MapRun<int, int>(input, new MapOptions(), new Unread(), TimeProvider.System);
        Assert.Equal(1, run.Queue.Take(items, share: 1, memoryBytes: 1));
        run.Queue.GiveBack(items[0] with { Care = ItemCare.Isolated });
        var lane = new HomeLane<int, int>(run, new LeaseView { MemoryBytes = 1 }, new Uncalled(), "f", deadline: TimeSpan.Zero);

        lane.Start();

        Assert.True(SpinWait.SpinUntil(() => lane.IsResting && !lane.HasWork, TimeSpan.FromSeconds(10)), "it waits for what it never takes");
    }

    private sealed class Unread : MapSink<int>
    {
        public override ValueTask AddAsync(ReadOnlyMemory<MapResult<int>> results) => ValueTask.CompletedTask;

        public override void Complete(Exception? error)
        {
            // Nobody reads.
        }
    }

    private sealed class Uncalled : HomeFunction
    {
        public override ReadOnlySpan<byte> Output => [];

        public override ErrorCode Run(ReadOnlySpan<byte> input) => throw new InvalidOperationException("It has taken the item.");

        public override void Dispose()
        {
            // It holds nothing.
        }
    }
}
