using System.Diagnostics;
using System.Text.Json;

namespace Rowen.IntegrationTests.Benchmarks;

/// <summary>Runs <c>rowen bench …</c> as users do, in a process of its own.</summary>
internal static class RowenBench
{
    private static readonly TimeSpan MaxRun = TimeSpan.FromMinutes(8);

    public static async Task<JsonDocument> RunAsync(params IEnumerable<string> arguments)
    {
        (int exitCode, string output, string error) = await RunRawAsync([.. arguments, "--output", "json"]);
        Assert.True(exitCode == 0, $"rowen bench ended with {exitCode}: {error}{output}");
        return JsonDocument.Parse(output);
    }

    public static async Task<(int ExitCode, string Output, string Error)> RunRawAsync(params IEnumerable<string> arguments)
    {
        string library = Path.Combine(AppContext.BaseDirectory, "Rowen.Cli.dll");
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [library, "bench", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var bound = new CancellationTokenSource(MaxRun);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(bound.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(bound.Token);
            await process.WaitForExitAsync(bound.Token);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
