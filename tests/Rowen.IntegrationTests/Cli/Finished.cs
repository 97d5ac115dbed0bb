using System.Diagnostics;

namespace Rowen.IntegrationTests.Cli;

/// <summary>How a program ended, and what it said.</summary>
internal sealed record Finished(int ExitCode, string Output, string Error)
{
    /// <summary>Reads what a program says until it ends; however that goes, nothing of it stays.</summary>
    /// <param name="process">Both its outputs are redirected.</param>
    /// <param name="bound">How long it may take.</param>
    public static async Task<Finished> OfAsync(Process process, TimeSpan bound)
    {
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(bound, TestContext.Current.CancellationToken);
            return new Finished(process.ExitCode, await output, await error);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    public void AssertDone() => Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Output}\n{Error}");
}
