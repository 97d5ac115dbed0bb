using System.Diagnostics;
using Rowen.IntegrationTests.Cli;

namespace Rowen.IntegrationTests.Slurm;

/// <summary>What tests with a fake Slurm rely on.</summary>
public sealed class FakeSlurmTests : IDisposable
{
    private readonly FakeSlurm _slurm = new();

    public void Dispose() => _slurm.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task Recorded_answers_come_with_what_was_complained_and_the_exit_code()
    {
        _slurm.Replay("scontrol show config", "config", FakeSlurm.New);
        _slurm.Replay("scontrol", "ping-controller-down");
        _slurm.Replay("sbatch", "sbatch-partition-unknown");

        Assert.Contains("SLURM_VERSION           = 24.11.5", (await CallAsync("scontrol --oneliner show config")).Output, StringComparison.Ordinal);
        Assert.Contains("DOWN", (await CallAsync("scontrol ping")).Output, StringComparison.Ordinal);
        Finished sbatch = await CallAsync("sbatch --parsable");
        Assert.Equal((1, string.Empty), (sbatch.ExitCode, sbatch.Output));
        Assert.Contains("Invalid partition name specified", sbatch.Error, StringComparison.Ordinal);
        Assert.Equal(["--oneliner show config", "ping", "--parsable"], _slurm.Calls.Select(call => call.Arguments));
    }

    [Fact(Timeout = 120_000)]
    public async Task Answers_change_while_a_program_runs_and_may_be_late_or_garbage()
    {
        _slurm.Answer("squeue", "7|RUNNING\n");
        _slurm.Delay("squeue", TimeSpan.FromSeconds(1));
        Stopwatch watch = Stopwatch.StartNew();
        Assert.Equal("7|RUNNING\n", (await CallAsync("squeue")).Output);
        Assert.True(watch.Elapsed >= TimeSpan.FromSeconds(1));

        _slurm.AnswerGarbage("squeue");
        Assert.True((await CallAsync("squeue")).Output.Length > 10_000);

        Assert.Equal(99, (await CallAsync("sinfo")).ExitCode);
    }

    private async Task<Finished> CallAsync(string command)
    {
        using Process process = Process.Start(new ProcessStartInfo("env", ["PATH=" + _slurm.SearchPath, .. command.Split(' ')])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        return await Finished.OfAsync(process, TimeSpan.FromSeconds(60));
    }
}
