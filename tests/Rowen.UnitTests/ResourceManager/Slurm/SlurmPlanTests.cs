using Rowen.ResourceManager.Harvesting;
using Rowen.ResourceManager.Harvesting.Slurm.Examination;
using Rowen.ResourceManager.Harvesting.Slurm.Planning;

namespace Rowen.UnitTests.ResourceManager.Slurm;

public sealed class SlurmPlanTests
{
    private static readonly HarvestSettings Settings = new()
    {
        ClusterPath = "/shared/it's mine/cluster.json",
        AgentCommand = ["/opt/rowen/rowen"],
        Partition = "scavenge",
        MaxNodes = 100,
        TimeLimit = TimeSpan.FromMinutes(90),
    };

    private static readonly string[] Up = ["/opt/rowen/rowen", "up", "--cluster", "/shared/it's mine/cluster.json", "--slurm", "--", "--comment=100% $HOME"];

    [Fact]
    public void Plan_has_everything_that_a_site_would_add_or_see()
    {
        Assert.Equal(["slurm.conf", "accounting", "sbatch", "pilot.sh", "rowen.service"], Plan().Select(part => part.Name));
        Assert.All(Plan(), part => Assert.EndsWith("\n", part.Text, StringComparison.Ordinal));
        Assert.Contains("MaxJobsPerUser=100 MaxSubmitJobsPerUser=104", Text("accounting"), StringComparison.Ordinal);
    }

    /// <summary>The plan's own lines, read by the examination's rules: a site that follows it has nothing to mend.</summary>
    [Fact]
    public void Partition_of_the_plan_passes_the_examination()
    {
        string[] lines = Text("slurm.conf").Split('\n');
        string partition = lines.Single(line => line.StartsWith("PartitionName=", StringComparison.Ordinal))
            .Replace("MaxTime=0-01:30:00", "MaxTime=01:30:00 TotalNodes=6", StringComparison.Ordinal);
        string batch = Recording.Read("partitions").Split('\n')[0];
        string nodes = Recording.Read("nodes").Replace("harvest", "scavenge", StringComparison.Ordinal);

        SlurmReport report = SlurmExamination.Judge(
            SlurmFacts.Read(Recording.Read("config"), $"{batch}\n{partition}", nodes),
            new SlurmQuestion("scavenge", Settings.TimeLimit, Settings.DrainGrace, PilotCores: null));

        Assert.False(report.HasProblem, string.Join('\n', report.Findings));
        Assert.Contains("PreemptType=preempt/partition_prio", lines);
        Assert.Contains("PreemptMode=CANCEL", lines);
        Assert.Contains(lines, line => line.StartsWith("# KillWait must be 4 or more", StringComparison.Ordinal));
    }

    [Fact]
    public void Pilot_is_a_step_of_a_job_that_the_partition_takes()
    {
        Assert.StartsWith("exec srun --kill-on-bad-exit=0 ", Text("pilot.sh").TrimEnd('\n').Split('\n')[^1], StringComparison.Ordinal);
        Assert.Contains("--partition=scavenge", Text("sbatch"), StringComparison.Ordinal);
        Assert.Contains("--time=90", Text("sbatch"), StringComparison.Ordinal);
        Assert.Contains("--job-name=rowen-pilot-CLUSTER", Text("sbatch"), StringComparison.Ordinal);
        Assert.Contains(@"'--output=/shared/it'\''s mine/pilots/%j.log'", Text("sbatch"), StringComparison.Ordinal);
    }

    [Fact]
    public void Words_of_the_service_mean_to_systemd_what_they_mean_here()
    {
        Assert.Contains(
            "ExecStart=/opt/rowen/rowen up --cluster \"/shared/it's mine/cluster.json\" --slurm -- \"--comment=100%% $$HOME\"", Text("rowen.service").Split('\n'));
    }

    private static IReadOnlyList<PlanPart> Plan() => SlurmPlan.Of(Settings, "rowen", Up);

    private static string Text(string name) => Plan().Single(part => part.Name == name).Text;
}
