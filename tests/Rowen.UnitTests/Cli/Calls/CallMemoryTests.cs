using Rowen.Cli.Calls;
using Rowen.Protocol.Nodes;

namespace Rowen.UnitTests.Cli.Calls;

public sealed class CallMemoryTests
{
    private const long GiB = 1L << 30;

    [Fact]
    public void Call_on_a_large_node_leaves_the_rest_of_a_cores_share_to_others() =>
        Assert.Equal(GiB, CallMemory.Choose([Node(cores: 1, memoryBytes: 20 * GiB)]));

    [Fact]
    public void Call_asks_for_no_more_than_some_node_has_for_a_core() => Assert.Equal(
        GiB / 2, CallMemory.Choose([Node(cores: 4, memoryBytes: GiB), Node(cores: 2, memoryBytes: GiB), Node(1, 64 * GiB) with { State = "lost" }]));

    [Fact]
    public void Call_that_waits_for_the_first_node_asks_for_the_usual() => Assert.Equal(GiB, CallMemory.Choose([]));

    private static NodeView Node(int cores, long memoryBytes) => new() { State = "up", Cores = cores, MemoryBytes = memoryBytes };
}
