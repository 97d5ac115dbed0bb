using Rowen.Fabric.OperatingSystem;

namespace Rowen.UnitTests.Fabric.OperatingSystem;

public sealed class DescriptorPollTests
{
    [Fact]
    public void Wake_that_comes_too_late_does_nothing()
    {
        var poll = new DescriptorPoll();
        poll.Dispose();

        Assert.Null(Record.Exception(poll.Wake));
    }
}
