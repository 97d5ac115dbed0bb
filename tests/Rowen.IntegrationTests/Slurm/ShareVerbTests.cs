using System.Diagnostics;
using Rowen.IntegrationTests.Cli;

namespace Rowen.IntegrationTests.Slurm;

/// <summary>What <c>rowen share</c> refuses, before it asks anybody.</summary>
public sealed class ShareVerbTests
{
    [Theory]
    [InlineData("", "--cores 1 --memory 1G", "SLURM_JOB_ID is not set here")]
    [InlineData("SLURM_JOB_ID=12 SLURM_JOB_CPUS_PER_NODE=4(x2)", "--cores 4 --memory 1G", "Lend 3 or fewer")]
    [InlineData("SLURM_JOB_ID=12 SLURM_JOB_CPUS_PER_NODE=4 SLURM_MEM_PER_NODE=512", "--cores 1 --memory 1G", "has 512 MiB on each node")]
    [InlineData("SLURM_JOB_ID=12", "--memory 1G", "--cores N, or --cpus LIST")]
    [InlineData("SLURM_JOB_ID=12", "--cores 1 --cpus 3 --memory 1G", "say the same thing")]
    [InlineData("SLURM_JOB_ID=12", "--cores 1", "How much memory is lent?")]
    [InlineData("SLURM_JOB_ID=12", "--stop --cores 1", "--stop lends nothing")]
    [InlineData("", "--stop", "SLURM_JOB_ID is not set here")]
    [InlineData("SLURM_JOB_ID=12", "--cpus 3-1 --memory 1G", "takes processor numbers")]
    public async Task Refusal_says_what_and_why(string variables, string options, string expected)
    {
        var start = new ProcessStartInfo(Repository.Rowen, ["share", .. options.Split(' ')])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("SLURM_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (string[] variable in variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(each => each.Split('=')))
        {
            start.Environment[variable[0]] = variable[1];
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Finished finished = await Finished.OfAsync(process, TimeSpan.FromMinutes(8));

        Assert.NotEqual(0, finished.ExitCode);
        Assert.Contains(expected, finished.Error, StringComparison.Ordinal);
    }
}
