using System.Reflection;
using System.Text;
using Rowen.Jobs;
using Rowen.Protocol.Leases;

namespace Rowen.UnitTests.Jobs;

public sealed class JobPolicyTests
{
    /// <summary>Of a map's options, those that a job has elsewhere: in its description, with whoever waits for it, or in how it is run.</summary>
    private static readonly string[] Elsewhere =
    [
        nameof(MapOptions.Cores), nameof(MapOptions.Code), nameof(MapOptions.Deadline), nameof(MapOptions.Timeout), nameof(MapOptions.Errors), nameof(MapOptions.InOrder),
        nameof(MapOptions.Progress), nameof(MapOptions.ProgressPeriod), nameof(MapOptions.ResultsIn), nameof(MapOptions.Detach), nameof(MapOptions.Lease),
    ];

    /// <summary>Likewise of a lease's: set by the map for each, or by the job.</summary>
    private static readonly string[] OfEachLease =
    [
        nameof(LeaseRequest.Cores), nameof(LeaseRequest.MemoryBytes), nameof(LeaseRequest.Nodes), nameof(LeaseRequest.AtLeast), nameof(LeaseRequest.Code),
        nameof(LeaseRequest.WhenFull), nameof(LeaseRequest.Progress),
    ];

    private static readonly MapOptions Said = new()
    {
        MaxExceptionRetries = 2,
        MaxExecutorDeaths = 5,
        MaxLostLeases = 7,
        MaxMemoryBytes = 1 << 30,
        StragglerFactor = 2.5,
        StopTime = TimeSpan.FromSeconds(9),
        IdleTime = TimeSpan.FromSeconds(4),
        TimeRequest = TimeSpan.FromMinutes(3),
        Timeout = TimeSpan.FromHours(5),
        Lease = new LeaseRequest
        {
            Duration = TimeSpan.FromMinutes(2),
            HotWindow = Timeout.InfiniteTimeSpan,
            SlotCount = 8,
            SlotBytes = 128,
            Provider = "tcp",
            Bound = BoundBy.Memory,
            MaxWait = TimeSpan.FromHours(6),
        },
    };

    [Fact]
    public void Every_option_of_a_map_is_kept_in_the_journal()
    {
        JobPolicy kept = JobJson.TryRead(JobJson.Write(new JobDescription { Policy = JobPolicy.Of(Said) }), out JobDescription read) ? read.Policy! : null!;

        MapOptions applied = kept.Apply(new MapOptions());

        AssertKept(Said, applied, new MapOptions(), Elsewhere);
        AssertKept(Said.Lease, applied.Lease, new LeaseRequest(), OfEachLease);
        Assert.Equal(TimeSpan.FromHours(5).TotalMilliseconds, kept.TimeoutMs);
    }

    [Fact]
    public void Commands_keep_what_leases_of_commands_are_like()
    {
        MapOptions applied = JobPolicy.Of(Said).ApplyLimits(new MapOptions { Lease = new LeaseRequest { HotWindow = TimeSpan.Zero }, TimeRequest = TimeSpan.FromMinutes(1) });

        Assert.Equal(new LeaseRequest { HotWindow = TimeSpan.Zero, MaxWait = TimeSpan.FromHours(6), Bound = BoundBy.Memory }, applied.Lease);
        Assert.Equal((TimeSpan.FromMinutes(1), 2, 2.5, TimeSpan.FromSeconds(9)), (applied.TimeRequest, applied.MaxExceptionRetries, applied.StragglerFactor, applied.StopTime));
    }

    [Fact]
    public void Journals_of_before_wait_as_they_did()
    {
        bool isRead = JobJson.TryRead(Encoding.UTF8.GetBytes("""{"policy":{"maxExceptionRetries":1,"slotCount":4}}"""), out JobDescription read);

        Assert.True(isRead);
        Assert.Equal((3_600_000.0, 0.0, 1_000.0), (read.Policy!.MaxWaitMs, read.Policy.TimeoutMs, read.Policy.StopMs));
    }

    private static void AssertKept<T>(T said, T applied, T untouched, string[] except)
    {
        foreach (PropertyInfo option in typeof(T).GetProperties().Where(option => !except.Contains(option.Name)))
        {
            Assert.False(Equals(option.GetValue(said), option.GetValue(untouched)), $"{option.Name} is new: say another value than its own in this test.");
            Assert.True(Equals(option.GetValue(said), option.GetValue(applied)), $"{option.Name} is dropped by a detached map.");
        }
    }
}
