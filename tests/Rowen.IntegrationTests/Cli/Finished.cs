namespace Rowen.IntegrationTests.Cli;

/// <summary>How a program ended, and what it said.</summary>
internal sealed record Finished(int ExitCode, string Output, string Error)
{
    public void AssertDone() => Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Output}\n{Error}");
}
