using System.Text.Json;

namespace Rowen.IntegrationTests.Benchmarks;

public sealed class InvocationBenchmarkTests
{
    private static readonly string[] Numbers = ["median_us", "p99_us", "floor_us", "floor_p99_us", "ratio"];

    [Fact]
    public async Task Every_row_stands_next_to_its_floor()
    {
        using var code = new EchoFolder();

        using JsonDocument report = await RowenBench.RunAsync("invoke", "--rounds", "2", "--sizes", "8,100000", "--code", code.Path);

        JsonElement[] rows = [.. report.RootElement.GetProperty("rows").EnumerateArray()];
        Assert.Equal(
            [
                "shm hot 8", "shm hot 100000", "tcp hot 8", "tcp hot 100000", "shm warm 8", "tcp warm 8", "shm stream 64",
                "shm lambda 8", "shm lambda-call 8", "shm lambda-copy 8", "shm lambda-array 8", "shm cold-pool 8", "- lease 0", "shm cold-start 8",
            ],
            rows.Select(row => $"{Text(row, "provider")} {Text(row, "mode")} {row.GetProperty("bytes").GetInt32()}"));
        Assert.All(rows, row => Assert.All(Numbers, number => Assert.True(row.GetProperty(number).GetDouble() > 0, $"{number} of {row}")));
        Assert.All(rows, row => Assert.Equal(2, row.GetProperty("rounds").GetInt32()));
        Assert.True(rows[6].GetProperty("calls_per_second").GetDouble() > 0);
        Assert.Equal(2, report.RootElement.GetProperty("idle").GetArrayLength());
    }

    [Fact]
    public async Task Soak_calls_as_often_as_asked_and_allocates_nothing_for_them()
    {
        using var code = new EchoFolder();

        using JsonDocument report = await RowenBench.RunAsync("invoke", "--provider", "shm", "--soak", "20000", "--code", code.Path);

        JsonElement soak = report.RootElement.GetProperty("soak");
        Assert.Equal(20_000, soak.GetProperty("calls").GetInt64());
        Assert.InRange(soak.GetProperty("allocated_bytes").GetInt64(), 0, 1000); // a slot's signal, made when a busy machine lets it sleep
        Assert.True(soak.GetProperty("mean_us").GetDouble() > 0);
    }

    [Fact]
    public async Task Missing_code_package_is_named()
    {
        (int exitCode, _, string error) = await RowenBench.RunRawAsync("invoke", "--code", "/no/such/folder");

        Assert.Equal(1, exitCode);
        Assert.Contains("/no/such/folder", error, StringComparison.Ordinal);
    }

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString()!;

    /// <summary>A code package with the echo of the tests' functions, in a folder of its own.</summary>
    private sealed class EchoFolder : IDisposable
    {
        public EchoFolder() => File.Copy(
            System.IO.Path.Combine(AppContext.BaseDirectory, "Rowen.TestFunctions.dll"),
            System.IO.Path.Combine(Path, "Rowen.TestFunctions.dll"));

        public string Path { get; } = Directory.CreateTempSubdirectory("rowen-bench-test-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
