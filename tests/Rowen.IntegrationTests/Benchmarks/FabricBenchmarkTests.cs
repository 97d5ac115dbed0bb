using System.Text.Json;

namespace Rowen.IntegrationTests.Benchmarks;

public sealed class FabricBenchmarkTests
{
    [Fact]
    public async Task Every_fabric_has_rows_and_libfabrics_stand_next_to_C()
    {
        using JsonDocument report = await RowenBench.RunAsync("fabric", "--rounds", "2", "--sizes", "8,70000");

        JsonElement[] rows = [.. report.RootElement.GetProperty("rows").EnumerateArray().Where(row => !Fabric(row).StartsWith("Open MPI", StringComparison.Ordinal))];
        string[] fabrics = ["shm", "tcp", "ofi tcp;ofi_rxm, writes with data forced", "ofi tcp;ofi_rxm, messages forced"];
        Assert.Equal(
            fabrics.SelectMany(fabric => (string[])[$"{fabric} hot 8", $"{fabric} hot 70000", $"{fabric} warm 8", $"{fabric} stream 4194304"]),
            rows.Select(row => $"{Fabric(row)} {row.GetProperty("mode").GetString()} {row.GetProperty("bytes").GetInt32()}"));
        Assert.All(rows, row => Assert.True(row.GetProperty("median_us").GetDouble() > 0));
        Assert.All(rows[8..], row => Assert.True(row.GetProperty("ratio").GetDouble() > 0, $"no ratio in {row}"));
        Assert.Contains("notifications are messages", rows[^1].GetProperty("note").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_MPI_has_rows_or_a_row_that_says_why_not()
    {
        using JsonDocument report = await RowenBench.RunAsync("fabric", "--rounds", "1", "--sizes", "8", "--provider", "shm");

        JsonElement[] rows = [.. report.RootElement.GetProperty("rows").EnumerateArray().Where(row => Fabric(row).StartsWith("Open MPI", StringComparison.Ordinal))];
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.True(row.TryGetProperty("median_us", out _) || row.TryGetProperty("note", out _), $"{row} says nothing"));
    }

    [Fact]
    public async Task Provider_that_libfabric_lacks_is_a_row_that_says_so()
    {
        using JsonDocument report = await RowenBench.RunAsync("fabric", "--rounds", "1", "--sizes", "8", "--provider", "ofi", "--libfabric", "nowhere");

        JsonElement row = report.RootElement.GetProperty("rows")[0];
        Assert.Equal("libfabric has no provider 'nowhere' here", row.GetProperty("note").GetString());
    }

    [Fact]
    public async Task Invocations_over_libfabric_stand_next_to_C()
    {
        string folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Rowen.TestFunctions", "debug"));

        using JsonDocument report = await RowenBench.RunAsync(
            "invoke", "--provider", "ofi", "--rows", "hot,warm", "--rounds", "2", "--sizes", "8,100000", "--code", folder);

        JsonElement[] rows = [.. report.RootElement.GetProperty("rows").EnumerateArray()];
        Assert.Equal(["hot 8", "hot 100000", "warm 8"], rows.Select(row => $"{row.GetProperty("mode").GetString()} {row.GetProperty("bytes").GetInt32()}"));
        Assert.All(rows, row => Assert.StartsWith("raw fi_writedata in C over tcp;ofi_rxm", row.GetProperty("floor").GetString(), StringComparison.Ordinal));
        Assert.All(rows, row => Assert.True(row.GetProperty("ratio").GetDouble() > 0, $"no ratio in {row}"));
    }

    private static string Fabric(JsonElement row) => row.GetProperty("fabric").GetString()!;
}
