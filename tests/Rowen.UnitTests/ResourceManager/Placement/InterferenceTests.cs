using Rowen.Protocol.Leases;
using Rowen.ResourceManager.Placement;

namespace Rowen.UnitTests.ResourceManager.Placement;

public sealed class InterferenceTests
{
    [Theory]
    [InlineData(BoundBy.Memory, BoundBy.Memory, true)]
    [InlineData(BoundBy.Network, BoundBy.Network, true)]
    [InlineData(BoundBy.Memory, BoundBy.Network, true)]
    [InlineData(BoundBy.Compute, BoundBy.Memory, false)]
    [InlineData(BoundBy.Compute, BoundBy.Compute, false)]
    [InlineData(BoundBy.Unknown, BoundBy.Memory, false)]
    [InlineData(BoundBy.Unknown, BoundBy.Unknown, false)]
    public void Those_that_need_the_same_shared_thing_hurt_each_other(BoundBy one, BoundBy other, bool doesHurt)
    {
        Assert.Equal(doesHurt, Interference.Hurts(one, other));
        Assert.Equal(doesHurt, Interference.Hurts(other, one));
    }

    [Fact]
    public void What_people_write_is_read_and_written_alike()
    {
        foreach (BoundBy bound in Enum.GetValues<BoundBy>().Where(bound => bound != BoundBy.Unknown))
        {
            Assert.True(Interference.TryParse(Interference.Write(bound), out BoundBy read));
            Assert.Equal(bound, read);
        }

        Assert.False(Interference.TryParse("Memory", out _));
        Assert.False(Interference.TryParse("2", out _));
        Assert.False(Interference.TryParse(string.Empty, out _));
    }
}
