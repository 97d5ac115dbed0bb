using System.Text.Json;

namespace Rowen.IntegrationTests.Benchmarks;

public sealed class FloorBenchmarkTests
{
    [Fact]
    public async Task Floors_are_measured_at_every_size_with_positive_times()
    {
        using JsonDocument report = await RowenBench.RunAsync("floors", "--rounds", "2", "--sizes", "8,70000");

        JsonElement[] floors = [.. report.RootElement.GetProperty("floors").EnumerateArray()];
        Assert.Equal(
            [
                "ring, both spin 8", "ring, both spin 70000", "ring at depth 4, one call 64", "futex, both sleep 8",
                "futex, responder sleeps 8", "tcp, both spin 8", "tcp, both spin 70000", "tcp, both block 8",
                "write and fsync 0", "start of an empty dotnet program 0",
            ],
            floors.Select(floor => $"{floor.GetProperty("floor").GetString()} {floor.GetProperty("bytes").GetInt32()}"));
        Assert.All(floors, floor =>
        {
            Assert.True(floor.GetProperty("median_us").GetDouble() > 0);
            Assert.True(floor.GetProperty("p99_us").GetDouble() > 0);
            Assert.Equal(2, floor.GetProperty("rounds").GetInt32());
        });
        JsonElement machine = report.RootElement.GetProperty("machine");
        foreach (string fact in (string[])["cpu", "kernel", "dotnet", "rowen"])
        {
            Assert.NotEqual(string.Empty, machine.GetProperty(fact).GetString());
        }
    }

    [Theory]
    [InlineData("--rounds", "0", "from 1 to 10000")]
    [InlineData("--sizes", "8,x", "'x' is none")]
    [InlineData("--output", "xml", "xml")]
    public async Task Wrong_option_is_refused_by_name(string option, string value, string expected)
    {
        (int exitCode, _, string error) = await RowenBench.RunRawAsync("floors", option, value);

        Assert.NotEqual(0, exitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }
}
