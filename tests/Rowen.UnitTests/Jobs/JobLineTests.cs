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
        Retries = new RetryCounts { Preempted = 1_900, NodesLost = 1, ExecutorDeaths = 3, Exceptions = 7 },
        ItemsPerSecond = 104.26,
        TimeLeftMs = 372_000,
    };

    [Fact]
    public void Line_says_everything_that_is_known() => Assert.Equal(
        "J7 running, 61 204/100 000 done, 3 failed, 512 running, 38 281 waiting, 1 911 run again (1 900 preempted, 1 lost with their node, 3 whose executor died, 7 that failed), 104.3/s, 6.2 min left", JobLine.Of(Status));

    [Fact]
    public void Line_of_a_job_that_stands_still_says_why() => Assert.Equal(
        "J7 running, 0/5 done, 5 waiting: L3 waits: all cores are leased",
        JobLine.Of(new JobStatus { Id = new JobId(7), State = JobState.Running, Total = 5, Reason = "L3 waits:\nall cores are leased" }));

    [Fact]
    public void Reason_has_a_line_of_its_own_on_terminals() => Assert.Equal(
        "J7: nothing runs: L3 waits: all cores are leased", JobLine.WhyOf(Status with { Running = 0, Reason = "L3 waits:\nall cores are leased" }));

    [Fact]
    public void Bar_fits_its_terminal() => Assert.Equal("██████████████··········  61 % J7 run…", JobLine.WithBar(Status, width: 38));
}
