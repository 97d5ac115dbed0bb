using System.Text.Json;

namespace Rowen.IntegrationTests.Benchmarks;

public sealed class MapBenchmarkTests
{
    private static readonly string[] Numbers = ["items", "seconds", "items_per_s", "floor_seconds", "ratio"];

    [Fact]
    public async Task Every_map_stands_next_to_its_floor()
    {
        using JsonDocument report = await RowenBench.RunAsync("map", "--rows", "noop,call,lambda,mix", "--items", "10,2000", "--rounds", "2");

        JsonElement[] rows = [.. report.RootElement.GetProperty("rows").EnumerateArray()];
        Assert.Equal(
            [
                "no-op shm", "no-op shm", "one call, warm, asynchronous, shm", "one call with a lambda, bound before, shm",
                "one call with a lambda, given to the call, shm", "one call with a lambda, given to the call with a number that it captures, shm",
                "100 functions of 4 packages in turns, shm", "no-op tcp", "no-op tcp",
            ],
            rows.Select(row => row.GetProperty("name").GetString()));
        Assert.All(rows, row => Assert.All(Numbers, number => Assert.True(row.GetProperty(number).GetDouble() > 0, $"{number} of {row}")));
    }

    [Fact]
    public async Task Products_of_matrices_come_back_as_threads_compute_them_and_are_told_in_operations_per_second()
    {
        using JsonDocument report = await RowenBench.RunAsync("map", "--rows", "flops", "--provider", "shm", "--rounds", "1");

        JsonElement[] rows = [.. report.RootElement.GetProperty("rows").EnumerateArray()];
        Assert.Contains("5 products of 512 × 512, kernel in C#, lanes: 1", rows.Select(row => row.GetProperty("name").GetString()));
        Assert.Contains("5 products of 512 × 512, kernel in C#, lanes: 2", rows.Select(row => row.GetProperty("name").GetString()));
        Assert.All(rows, row => Assert.True(row.GetProperty("gigaflops_per_s").GetDouble() > 0 && row.GetProperty("floor_gigaflops_per_s").GetDouble() > 0, $"{row}"));
    }

    [Fact]
    public async Task Unknown_row_is_refused_with_those_that_there_are()
    {
        (int exitCode, _, string error) = await RowenBench.RunRawAsync("map", "--rows", "noop,nonsense");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("noop, lazy, call, lambda, skew, mix, flops", error, StringComparison.Ordinal);
    }
}
