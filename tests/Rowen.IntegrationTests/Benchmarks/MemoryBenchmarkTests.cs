using System.Text.Json;

namespace Rowen.IntegrationTests.Benchmarks;

public sealed class MemoryBenchmarkTests
{
    private static readonly string[] Numbers = ["median_us", "p99_us", "gigabytes_per_second", "copy_us", "copy_ratio"];

    [Fact]
    public async Task Every_size_is_read_and_written_next_to_a_copy()
    {
        using JsonDocument report = await RowenBench.RunAsync("memory", "--rounds", "2", "--sizes", "4096,2000000");

        JsonElement[] rows = [.. report.RootElement.GetProperty("rows").EnumerateArray()];
        Assert.Equal(
            [.. ((string[])["shm", "tcp", "ofi"]).SelectMany(provider => (string[])[
                $"{provider} read 4096", $"{provider} write 4096", $"{provider} read 2000000", $"{provider} write 2000000"])],
            rows.Select(row => $"{Text(row, "provider")} {Text(row, "mode")} {row.GetProperty("bytes").GetInt32()}"));
        Assert.All(rows, row => Assert.All(Numbers, number => Assert.True(row.GetProperty(number).GetDouble() > 0, $"{number} of {row}")));
        Assert.All(rows, row => Assert.Equal(2, row.GetProperty("rounds").GetInt32()));
        Assert.All(rows, row => Assert.Equal(Text(row, "provider") == "ofi", row.TryGetProperty("raw_ratio", out JsonElement ratio) && ratio.ValueKind == JsonValueKind.Number && ratio.GetDouble() > 0));
        Assert.Equal(3, report.RootElement.GetProperty("idle").GetArrayLength());
    }

    [Fact]
    public async Task Size_beyond_a_gibibyte_is_refused_by_name()
    {
        (int exitCode, _, string error) = await RowenBench.RunRawAsync("memory", "--sizes", "4096,1073741825");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("'1073741825' is none", error, StringComparison.Ordinal);
    }

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString()!;
}
