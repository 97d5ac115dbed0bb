using System.Text.Json;

namespace Rowen.IntegrationTests.Benchmarks;

public sealed class DataBenchmarkTests
{
    private static readonly string[] Numbers = ["bytes", "seconds", "bytes_per_s", "floor_seconds", "ratio"];

    /// <summary>Small objects wait for the disk ten thousand times, and words need the published samples: both are left out.</summary>
    [Fact]
    public async Task Large_objects_stand_next_to_files_written_by_hand()
    {
        using JsonDocument report = await RowenBench.RunAsync("data", "--rows", "large", "--rounds", "1");

        JsonElement[] rows = [.. report.RootElement.GetProperty("rows").EnumerateArray()];
        Assert.Equal(
            ["put file: 64 MiB", "get file: 64 MiB", "put file: 64 MiB"],
            rows.Select(row => row.GetProperty("name").GetString()));
        Assert.All(rows, row => Assert.All(Numbers, number => Assert.True(row.GetProperty(number).GetDouble() > 0, $"{number} of {row}")));
    }
}
