namespace Rowen.UnitTests.Client;

public sealed class LeaseRequestTests
{
    [Fact]
    public void Defaults_are_within_their_ranges()
    {
        new LeaseRequest().Check();
        new LeaseRequest { Cores = 0, HotWindow = Timeout.InfiniteTimeSpan }.Check();
        new MapOptions().Check();
        new RowenClientOptions().Check();
        new LocalClusterOptions().Check();
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Value_outside_its_range_is_refused_with_name_and_range(LeaseRequest request, string message)
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(request.Check);

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<LeaseRequest, string> Wrong() => new()
    {
        { new LeaseRequest { Cores = -1 }, "LeaseRequest.Cores is -1; it must be 0 to 4096." },
        { new LeaseRequest { Cores = 4_097 }, "LeaseRequest.Cores is 4097; it must be 0 to 4096." },
        { new LeaseRequest { MemoryBytes = -1 }, "LeaseRequest.MemoryBytes is -1; it must be 0 or more." },
        { new LeaseRequest { Duration = TimeSpan.FromMilliseconds(999) }, "LeaseRequest.Duration is 00:00:00.9990000; it must be 1 second to 24 hours." },
        { new LeaseRequest { Duration = TimeSpan.FromHours(25) }, "LeaseRequest.Duration is 1.01:00:00; it must be 1 second to 24 hours." },
        {
            new LeaseRequest { HotWindow = TimeSpan.FromSeconds(-2) },
            "LeaseRequest.HotWindow is -00:00:02; it must be zero to 1 hour, or Timeout.InfiniteTimeSpan."
        },
        { new LeaseRequest { SlotCount = 0 }, "LeaseRequest.SlotCount is 0; it must be 1 to 32." },
        { new LeaseRequest { SlotCount = 33 }, "LeaseRequest.SlotCount is 33; it must be 1 to 32." },
        { new LeaseRequest { SlotBytes = 63 }, "LeaseRequest.SlotBytes is 63; it must be 64 to 1 GiB, a multiple of 64." },
        { new LeaseRequest { SlotBytes = 100 }, "LeaseRequest.SlotBytes is 100; it must be 64 to 1 GiB, a multiple of 64." },
        { new LeaseRequest { MaxWait = TimeSpan.Zero }, "LeaseRequest.MaxWait is 00:00:00; it must be 1 ms to 30 days." },
    };

    [Theory]
    [MemberData(nameof(WrongMaps))]
    public void Map_option_outside_its_range_is_refused_with_name_and_range(MapOptions options, string message)
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(options.Check);

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(WrongJobs))]
    public void Job_option_outside_its_range_is_refused_with_name_and_range(JobOptions options, string message)
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(options.Check);

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<JobOptions, string> WrongJobs() => new()
    {
        { new JobOptions { MaxWait = TimeSpan.Zero }, "JobOptions.MaxWait is 00:00:00; it must be 1 ms to 30 days." },
        { new JobOptions { Timeout = TimeSpan.FromDays(50) }, "JobOptions.Timeout is 50.00:00:00; it must be zero, or 1 ms to 49 days." },
        { new JobOptions { MaxExceptionRetries = 1_001 }, "JobOptions.MaxExceptionRetries is 1001; it must be 0 to 1000." },
        { new JobOptions { MaxExecutorDeaths = 0 }, "JobOptions.MaxExecutorDeaths is 0; it must be 1 to 1000." },
        { new JobOptions { MaxMemoryBytes = -1 }, "JobOptions.MaxMemoryBytes is -1; it must be 0 or more." },
        { new JobOptions { StragglerFactor = 1.2 }, "JobOptions.StragglerFactor is 1.2; it must be 0, or 1.5 to 1000." },
    };

    [Theory]
    [MemberData(nameof(WrongRuns))]
    public void Command_option_outside_its_range_is_refused_with_name_and_range(CommandOptions options, string message)
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(options.Check);

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<CommandOptions, string> WrongRuns() => new()
    {
        { new CommandOptions { Cores = 0 }, "CommandOptions.Cores is 0; it must be 1 to 4,096." },
        { new CommandOptions { MaxWait = TimeSpan.FromDays(31) }, "CommandOptions.MaxWait is 31.00:00:00; it must be 1 ms to 30 days." },
        { new CommandOptions { Timeout = TimeSpan.FromDays(50) }, "CommandOptions.Timeout is 50.00:00:00; it must be zero, or 1 ms to 49 days." },
        { new CommandOptions { MaxRetries = -1 }, "CommandOptions.MaxRetries is -1; it must be 0 to 1000." },
        { new CommandOptions { MaxExecutorDeaths = 0 }, "CommandOptions.MaxExecutorDeaths is 0; it must be 1 to 1000." },
        { new CommandOptions { MaxMemoryBytes = -1 }, "CommandOptions.MaxMemoryBytes is -1; it must be 0 or more." },
        { new CommandOptions { StragglerFactor = 1 }, "CommandOptions.StragglerFactor is 1; it must be 0, or 1.5 to 1000." },
    };

    public static TheoryData<MapOptions, string> WrongMaps() => new()
    {
        { new MapOptions { Cores = -1 }, "MapOptions.Cores is -1; it must be 0 to 1,000,000." },
        { new MapOptions { Deadline = TimeSpan.FromMicroseconds(1) }, "MapOptions.Deadline is 00:00:00.0000010; it must be zero, or 1 ms to 49 days." },
        { new MapOptions { ProgressPeriod = TimeSpan.Zero }, "MapOptions.ProgressPeriod is 00:00:00; it must be 10 ms to 1 hour." },
        { new MapOptions { MaxExecutorDeaths = 0 }, "MapOptions.MaxExecutorDeaths is 0; it must be 1 to 1000." },
        { new MapOptions { MaxExceptionRetries = -1 }, "MapOptions.MaxExceptionRetries is -1; it must be 0 to 1000." },
        { new MapOptions { MaxMemoryBytes = -1 }, "MapOptions.MaxMemoryBytes is -1; it must be 0 or more." },
        { new MapOptions { StragglerFactor = 1 }, "MapOptions.StragglerFactor is 1; it must be 0, or 1.5 to 1000." },
        { new MapOptions { Timeout = TimeSpan.FromSeconds(-1) }, "MapOptions.Timeout is -00:00:01; it must be zero, or 1 ms to 49 days." },
        { new MapOptions { IdleTime = TimeSpan.FromHours(2) }, "MapOptions.IdleTime is 02:00:00; it must be zero to 1 hour." },
        { new MapOptions { StopTime = TimeSpan.FromHours(2) }, "MapOptions.StopTime is 02:00:00; it must be zero to 1 hour." },
        { new MapOptions { MaxLostLeases = -1 }, "MapOptions.MaxLostLeases is -1; it must be 0 to 100000." },
        { new MapOptions { Lease = new LeaseRequest { SlotCount = 0 } }, "LeaseRequest.SlotCount is 0; it must be 1 to 32." },
    };
}
