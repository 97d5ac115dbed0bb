using Rowen.Cli.Jobs;
using Rowen.Protocol.Identifiers;

namespace Rowen.UnitTests.Jobs;

public sealed class JobLineTests
{
    private static readonly JobStatus Status = new()
    {
        Id = new JobId(7),
        State = JobState.Running,
        Total = 100_000,
        Done = 61_204,
        Failed = 3,
        Running = 512,
        Retried = 1_904,
        ItemsPerSecond = 104.26,
        TimeLeftMs = 372_000,
    };

    [Fact]
    public void Line_says_everything_that_is_known() => Assert.Equal(
        "J7 running, 61 204/100 000 done, 3 failed, 512 running, 1 904 preempted and retried, 104.3/s, 6.2 min left", JobLine.Of(Status));

    [Fact]
    public void Line_of_a_job_that_stands_still_says_why() => Assert.Equal(
        "J7 running, 0/5 done: L3 waits: all cores are leased",
        JobLine.Of(new JobStatus { Id = new JobId(7), State = JobState.Running, Total = 5, Reason = "L3 waits:\nall cores are leased" }));

    [Fact]
    public void Bar_fits_its_terminal() => Assert.Equal("██████████████··········  61 % J7 run…", JobLine.WithBar(Status, width: 38));
}
