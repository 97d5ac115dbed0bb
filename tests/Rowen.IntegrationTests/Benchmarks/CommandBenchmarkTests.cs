using System.Text.Json;

namespace Rowen.IntegrationTests.Benchmarks;

public sealed class CommandBenchmarkTests
{
    private static readonly string[] Numbers = ["items", "seconds", "slowest_seconds", "items_per_s", "floor_seconds", "ratio", "rounds"];

    [Fact]
    public async Task Commands_stand_next_to_those_that_xargs_starts()
    {
        using JsonDocument report = await RowenBench.RunAsync("commands", "--items", "20", "--rounds", "1");

        JsonElement row = Assert.Single(report.RootElement.GetProperty("rows").EnumerateArray());
        Assert.Equal(("/bin/true", "xargs -n1 -P2"), (row.GetProperty("name").GetString(), row.GetProperty("floor").GetString()));
        Assert.All(Numbers, number => Assert.True(row.GetProperty(number).GetDouble() > 0, $"{number} of {row}"));
    }
}
