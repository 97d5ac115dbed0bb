using Rowen.Protocol.Errors;
using Rowen.ResourceManager.Harvesting;
using Rowen.ResourceManager.Harvesting.Slurm;
using Rowen.ResourceManager.Placement;
using Rowen.UnitTests.ResourceManager.Slurm;

namespace Rowen.UnitTests.ResourceManager.Harvesting;

public sealed class SlurmTextTests
{
    [Theory]
    [InlineData(Recording.Old)]
    [InlineData(Recording.New)]
    public void Pilots_are_read_with_their_reasons(string version)
    {
        IReadOnlyList<PilotJob> pilots = SlurmText.ReadQueue(Queue(Recording.Read("squeue-pilots", version), "|rowen-pilot-1|1|rowen:pilot"), "rowen-pilot-1").Pilots;

        Assert.Equal(
            [("4", PilotPhase.Ended, "n4"), ("8", PilotPhase.Pending, pilots[1].NodeName), ("1", PilotPhase.Running, "n1")],
            pilots.Select(pilot => (pilot.Id, pilot.Phase, pilot.NodeName)));
        Assert.NotEmpty(pilots[1].Reason);
    }

    [Fact]
    public void Pilot_in_a_state_that_is_unknown_is_passed_over_and_an_answer_of_which_nothing_can_be_read_fails()
    {
        Assert.Equal(["2"], SlurmText.ReadQueue("1|TRANSMOGRIFIED|n1|None|pilot|1|\n2|RUNNING|n1|None|pilot|1|\n", "pilot").Pilots.Select(pilot => pilot.Id));
        Assert.Empty(SlurmText.ReadQueue("\n", "pilot").Pilots);
        Assert.Equal(ErrorCode.BatchSystemFailed, Assert.Throws<RowenException>(() => SlurmText.ReadQueue("slurm_load_jobs error: Unexpected\n", "pilot")).Code);
    }

    [Theory]
    [InlineData(Recording.Old)]
    [InlineData(Recording.New)]
    public void Nodes_that_sleep_or_wake_are_told_from_those_that_are_idle(string version)
    {
        IReadOnlyList<BatchNode> asleep = SlurmText.ReadNodes(Recording.Read("sinfo-harvest", version));
        IReadOnlyList<BatchNode> waking = SlurmText.ReadNodes(Recording.Read("sinfo-harvest-waking", version));

        Assert.Equal(["n1", "n2", "n3", "n4", "n5", "n6"], asleep.Select(node => node.Name));
        Assert.Equal(["n6"], asleep.Where(node => node.IsAsleep).Select(node => node.Name));
        Assert.Equal(["n6"], waking.Where(node => node.IsAsleep).Select(node => node.Name));
        Assert.DoesNotContain(asleep, node => node.IsIdle);
        Assert.All(asleep, node => Assert.Equal(new NodeShape(4, 8L << 30), node.Shape));
    }

    [Theory]
    [InlineData("idle", "0/4/0/4", true, false)]
    [InlineData("planned", "0/4/0/4", true, false)]
    [InlineData("mixed", "2/2/0/4", false, false)]
    [InlineData("idle*", "0/4/0/4", false, false)]
    [InlineData("idle%", "0/4/0/4", false, true)]
    [InlineData("powering_down", "0/4/0/4", false, true)]
    public void Marks_behind_a_state_count(string state, string cores, bool isIdle, bool isAsleep)
    {
        BatchNode node = Assert.Single(SlurmText.ReadNodes($"n1|{state}|4|8192|{cores}\n"));

        Assert.Equal((isIdle, isAsleep), (node.IsIdle, node.IsAsleep));
    }

    [Fact]
    public void Node_in_several_partitions_counts_once() =>
        Assert.Single(SlurmText.ReadNodes("n1|idle|4|8192|0/4/0/4\nn1|idle|4|8192|0/4/0/4\n"));

    [Theory]
    [InlineData("")]
    [InlineData("slurm_load_node error: Unable to contact slurm controller\n")]
    [InlineData("n1|idle|many|8192|0/4/0/4\n")]
    [InlineData("n1|idle|4|-1|0/4/0/4\n")]
    [InlineData("n1|idle|4|99999999999999999999|0/4/0/4\n")]
    [InlineData("n\u0001|idle|4|8192|0/4/0/4\n")]
    [InlineData("|idle|4|8192|0/4/0/4\n")]
    [InlineData("{ \"nodes\": [ { } ] }")]
    public void What_is_no_node_is_passed_over(string text) => Assert.Empty(SlurmText.ReadNodes(text));

    [Theory]
    [InlineData("10\n", "10")]
    [InlineData("10;cluster\n", "10")]
    [InlineData("sbatch: Job estimated to start at noon\n10\n", "10")]
    [InlineData("Submitted batch job 10\n", null)]
    [InlineData("", null)]
    [InlineData("123456789012345678901\n", null)]
    public void Number_of_a_job_is_read(string text, string? job) => Assert.Equal(job, SlurmText.ReadJobOrNone(text));

    [Fact]
    public void Number_of_a_real_job_is_read() => Assert.Equal("10", SlurmText.ReadJobOrNone(Recording.Read("sbatch-parsable")));

    [Fact]
    public void Jobs_are_told_apart_by_name_state_and_comment()
    {
        BatchQueue queue = SlurmText.ReadQueue(
            """
            4|RUNNING|n4|None|rowen-pilot-1|1|rowen:pilot
            5|RUNNING|n[1-2]|None|lammps|2|rowen:cores=2,memory=1G
            6|PENDING||Priority|lammps|2|rowen:cores=2,memory=1G
            12|SUSPENDED|n4|None|lammps|1|rowen:cores=2,memory=1G
            7|RUNNING|n3|None|rowen-pilot-2|1|rowen:pilot
            8|RUNNING|n3|None|lammps|1|
            9_1|RUNNING|n3|None|lammps|1|rowen:cores=2,memory=1G
            10|RUNNING|n3|None|a|b|1|rowen:cores=2,memory=1G
            11|RUNNING|n3|None|lammps|0|rowen:cores=2,memory=1G
            slurm_load_jobs error: Unable to contact slurm controller

            """,
            "rowen-pilot-1");

        Assert.Equal("4", Assert.Single(queue.Pilots).Id);
        var offer = new JobOffer(2, 1L << 30, default);
        Assert.Equal([new LendingJob("5", 2, offer), new LendingJob("12", 1, offer, IsSuspended: true)], queue.Lenders);
    }

    /// <summary>Recorded before name, nodes and comment were asked for, too.</summary>
    private static string Queue(string recorded, string more) => recorded.Replace("\n", more + "\n", StringComparison.Ordinal);
}
