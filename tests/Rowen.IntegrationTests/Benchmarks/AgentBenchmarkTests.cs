using System.Text.Json;

namespace Rowen.IntegrationTests.Benchmarks;

public sealed class AgentBenchmarkTests
{
    [Fact(Timeout = 600_000)]
    public async Task Hundreds_of_agents_join_at_once_and_leave_within_seconds_and_no_lease_is_lost()
    {
        using JsonDocument report = await RowenBench.RunAsync("agents", "--agents", "200");

        Assert.Equal(0, report.RootElement.GetProperty("lost_leases").GetInt32());
        Assert.Equal(
            ["join at once", "take a lease each", "rest, reporting each second", "leave within 2 s", "others join, for those that wait"],
            report.RootElement.GetProperty("phases").EnumerateArray().Select(phase => phase.GetProperty("name").GetString()));
    }
}
