using Rowen.Fabric;
using Rowen.Fabric.Completions;
using Rowen.Fabric.Memory;
using Rowen.Fabric.SharedMemory;
using Rowen.UnitTests.Fabric;

namespace Rowen.IntegrationTests.Fabric;

public sealed class SharedMemoryContractTests : RealFabricContractTests
{
    protected override bool CanRevoke => false;

    protected override FabricProvider Provider { get; } = new SharedMemoryProvider();

    [Fact]
    public void Change_of_a_watched_word_is_a_notification_and_wakes_a_sleeper()
    {
        using FabricPair pair = Open();
        (RegisteredMemory memory, RemoteBlock remote) = pair.ShareFar(4096, MemoryAccess.RemoteWrite);
        RegisteredMemory mapped = pair.NearEnd.MapOrNone(remote)!;
        Assert.True(pair.FarEnd.TryWatch(memory, 8, immediate: 5));
        ThreadCall<bool> sleeper = SleepUntilSomethingHappens(pair.Far);

        mapped.Slice(8, 1)[0] = 1;
        Assert.Equal(FabricStatus.Ok, pair.NearEnd.Nudge());

        Assert.True(sleeper.Await("the sleeper"), "the sleeper was not woken");
        Completion taken = pair.TakeFar();
        Assert.Equal((CompletionKind.Notified, 5U), (taken.Kind, taken.Immediate));
        Assert.Equal(0, pair.Far.Poll(new Completion[4])); // once for each change
        mapped.Slice(8, 1)[0] = 2;
        Assert.Equal(5U, pair.TakeFar().Immediate);
    }

    [Fact]
    public void Memory_given_back_is_watched_no_more()
    {
        using FabricPair pair = Open();
        (RegisteredMemory memory, _) = pair.ShareFar(4096, MemoryAccess.RemoteWrite);
        pair.FarEnd.TryWatch(memory, 0, immediate: 5);

        memory.Return();

        Assert.Equal(0, pair.Far.Poll(new Completion[4]));
    }

    [Fact]
    public void Word_that_leaves_the_memory_or_lies_askew_is_not_watched()
    {
        using FabricPair pair = Open();
        (RegisteredMemory memory, _) = pair.ShareFar(4096, MemoryAccess.RemoteWrite);

        Assert.Throws<ArgumentOutOfRangeException>(() => pair.FarEnd.TryWatch(memory, 4096, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.FarEnd.TryWatch(memory, 4, 0));
    }

    [Fact]
    public void Lost_peer_is_not_nudged()
    {
        using FabricPair pair = Open();

        pair.NearEnd.Break();

        Assert.Equal(FabricStatus.Lost, pair.NearEnd.Nudge());
    }
}
