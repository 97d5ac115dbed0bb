using Rowen.Protocol.Identifiers;
using Rowen.Sessions;
using Rowen.Testing;

namespace Rowen.UnitTests.Client;

public sealed class UnreachedNodesTests
{
    private static readonly NodeId Node = new(1);

    private readonly ManualTimeProvider _time = new();
    private readonly UnreachedNodes _unreached;

    public UnreachedNodesTests() => _unreached = new UnreachedNodes(_time);

    [Fact]
    public void Failure_is_known_for_a_minute_and_of_its_node_alone()
    {
        _unreached.Remember(Node, "the peer did not meet us");
        _time.Advance(UnreachedNodes.Memory - TimeSpan.FromSeconds(1));

        Assert.Equal("the peer did not meet us", _unreached.WhyOrNone(Node));
        Assert.Null(_unreached.WhyOrNone(new NodeId(2)));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(_unreached.WhyOrNone(Node));
    }

    [Fact]
    public void Later_failure_counts_from_its_own_time()
    {
        _unreached.Remember(Node, "first");
        _time.Advance(TimeSpan.FromSeconds(40));
        _unreached.Remember(Node, "second");
        _time.Advance(TimeSpan.FromSeconds(40));

        Assert.Equal("second", _unreached.WhyOrNone(Node));
    }

    [Fact]
    public void Count_is_bounded_and_what_is_known_is_renewed_all_the_same()
    {
        for (uint node = 1; node <= 5_000; node++)
        {
            _unreached.Remember(new NodeId(node), "first");
        }

        _unreached.Remember(Node, "second");

        Assert.Equal(4_096, Enumerable.Range(1, 5_000).Count(node => _unreached.WhyOrNone(new NodeId((uint)node)) is not null));
        Assert.Equal("second", _unreached.WhyOrNone(Node));
    }
}
