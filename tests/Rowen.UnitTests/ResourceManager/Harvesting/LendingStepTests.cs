using Rowen.ResourceManager.Harvesting.Slurm;

namespace Rowen.UnitTests.ResourceManager.Harvesting;

public sealed class LendingStepTests
{
    private static readonly LendingStep Step = new()
    {
        Job = "12",
        NodeCount = 3,
        OfferOptions = ["--cores", "4"],
        MemoryBytes = 8L << 30,
        AgentCommand = ["/opt/rowen"],
        ClusterPath = "/shared/cluster.json",
        DrainGrace = TimeSpan.FromSeconds(1),
    };

    [Fact]
    public void Step_overlaps_the_jobs_own_and_leaves_the_choice_of_cores_to_the_agents()
    {
        string line = string.Join(' ', Step.Arguments);

        Assert.Contains("--jobid=12 --job-name=rowen-share --overlap --nodes=3 --ntasks=3 --ntasks-per-node=1 --mem=8192M --cpu-bind=none", line, StringComparison.Ordinal);
        Assert.EndsWith("/opt/rowen agent --pilot --beside-job --cluster /shared/cluster.json --cores 4 --memory 8192M --drain-grace 1000ms", line, StringComparison.Ordinal);
        Assert.DoesNotContain("--cpus-per-task", line, StringComparison.Ordinal);
        Assert.Equal("/shared/pilots/share-12.log", Step.LogPath);
    }

    [Fact]
    public void Steps_that_lend_are_found_among_the_jobs() => Assert.Equal(
        ["12.1", "12.10"], SlurmText.ReadSteps("12.batch|batch\n12.0|lammps\n12.1|rowen-share\n12.10|rowen-share\ngarbage\n|rowen-share\n", LendingStep.Name));
}
