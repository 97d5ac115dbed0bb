using Rowen.ResourceManager.Harvesting;
using Rowen.ResourceManager.Harvesting.Slurm;

namespace Rowen.UnitTests.ResourceManager.Harvesting;

public sealed class PilotScriptTests
{
    private static readonly HarvestSettings Settings = new() { ClusterPath = "/home/o'hara/cluster.json", AgentCommand = ["/opt/my rowen"] };

    [Fact]
    public void The_last_line_is_a_step_so_that_a_pilot_hears_of_its_preemption()
    {
        string last = new PilotScript(Settings, "rowen-pilot-1").Text.TrimEnd('\n').Split('\n')[^1];

        Assert.StartsWith("exec srun --kill-on-bad-exit=0 ", last, StringComparison.Ordinal);
        Assert.EndsWith("'/opt/my rowen' agent --pilot --cluster '/home/o'\\''hara/cluster.json' --drain-grace 5ms", last, StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_nodes_are_asked_for_with_all_their_memory_and_asleep_ones_never()
    {
        List<string> arguments = new PilotScript(Settings with { Partition = "harvest", SubmitArguments = ["--account=physics"] }, "rowen-pilot-1").Arguments(["n5", "n6"]);

        Assert.Equal(
            [
                "--parsable", "--job-name=rowen-pilot-1", "--comment=rowen:pilot", "--nodes=1", "--no-requeue", "--chdir=/",
                "--output=/home/o'hara/pilots/%j.log", "--open-mode=append", "--exclusive", "--mem=0", "--partition=harvest", "--time=60",
                "--exclude=n5,n6", "--account=physics",
            ],
            arguments);
    }

    [Fact]
    public void Parts_of_nodes_are_asked_for_by_cores_and_memory()
    {
        List<string> arguments = new PilotScript(Settings with { PilotCores = 4, PilotMemoryBytes = 8L << 30, TimeLimit = TimeSpan.FromSeconds(90) }, "x").Arguments([]);

        Assert.Subset(arguments.ToHashSet(), new HashSet<string> { "--ntasks=1", "--cpus-per-task=4", "--mem=8192M", "--time=2" });
        Assert.DoesNotContain("--exclusive", arguments);
    }
}
