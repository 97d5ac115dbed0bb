using Rowen.ResourceManager.Harvesting.Slurm.Examination;

namespace Rowen.UnitTests.ResourceManager.Slurm;

/// <summary>Mistakes in a recorded configuration, one at a time: each is named, and only it.</summary>
public sealed class SlurmExaminationTests
{
    private const string Harvest = "PartitionName=harvest";

    private static readonly SlurmQuestion Question = new("harvest", TimeSpan.FromHours(1), TimeSpan.FromSeconds(2), PilotCores: null);

    [Theory]
    [InlineData(Recording.Old)]
    [InlineData(Recording.New)]
    public void Configuration_as_the_plan_has_it_has_no_problem(string version)
    {
        SlurmReport report = Judge(Question, version);

        Assert.False(report.HasProblem, string.Join('\n', report.Findings));
        Assert.Equal(("lab", version, "harvest"), (report.Cluster, report.Version, report.Partition));
        Assert.Equal(["cores", "power", "process-tracking"], Named(report, SlurmFinding.Hint).Order(StringComparer.Ordinal)); // of the laboratory, which is none of a site's
    }

    /// <param name="name">What the finding must be called.</param>
    /// <param name="verdict">How bad it is.</param>
    /// <param name="place">Where the mistake is made: config, partitions or nodes.</param>
    /// <param name="right">What stands there.</param>
    /// <param name="wrong">What is put there.</param>
    /// <param name="said">A word that the finding must say.</param>
    [Theory]
    [InlineData("preempt-type", "problem", "config", "preempt/partition_prio", "preempt/none", "preempt/none")]
    [InlineData("preempt-type", "hint", "config", "preempt/partition_prio", "preempt/qos", "--qos=NAME")]
    [InlineData("preempt-mode", "problem", "config", "PreemptMode             = CANCEL", "PreemptMode             = OFF", "whole cluster")]
    [InlineData("preempt-mode", "problem", "harvest", "PreemptMode=CANCEL", "PreemptMode=OFF", "partition harvest")]
    [InlineData("preempt-mode", "problem", "harvest", "PreemptMode=CANCEL", "PreemptMode=GANG,SUSPEND", "keeps its memory")]
    [InlineData("preempt-mode", "hint", "harvest", "PreemptMode=CANCEL", "PreemptMode=REQUEUE", "--no-requeue")]
    [InlineData("priority-tier", "problem", "harvest", "PriorityTier=1 ", "PriorityTier=10 ", "batch shares nodes")]
    [InlineData("grace-time", "hint", "harvest", "GraceTime=0", "GraceTime=60", "GraceTime=60")]
    [InlineData("kill-wait", "problem", "config", "KillWait                = 5 sec", "KillWait                = 2 sec", "KillWait=4 and more")]
    [InlineData("exempt-time", "problem", "config", "PreemptExemptTime       = 00:00:00", "PreemptExemptTime       = 00:10:00", "00:10:00")]
    [InlineData("complete-wait", "problem", "config", "CompleteWait            = 0 sec", "CompleteWait            = 32 sec", "32 sec")]
    [InlineData("max-time", "problem", "harvest", "MaxTime=02:00:00", "MaxTime=00:30:00", "--time-limit 30m")]
    [InlineData("over-subscribe", "problem", "harvest", "OverSubscribe=NO", "OverSubscribe=FORCE:4", "FORCE:4")]
    [InlineData("partition", "problem", "harvest", "State=UP", "State=DRAIN", "is DRAIN")]
    [InlineData("partition", "problem", "harvest", "PartitionName=harvest", "PartitionName=other", "batch, other")]
    [InlineData("access", "problem", "harvest", "RootOnly=NO", "RootOnly=YES", "root alone")]
    [InlineData("access", "hint", "harvest", "AllowAccounts=ALL", "AllowAccounts=physics", "AllowAccounts=physics")]
    [InlineData("process-tracking", "problem", "config", "proctrack/linuxproc", "proctrack/pgid", "outlives its job")]
    [InlineData("version", "hint", "config", "SLURM_VERSION           = ", "SLURM_VERSION           = 19.05.5-was-", "older than 22.05")]
    [InlineData("node-versions", "hint", "nodes", "Version=", "Version=21.08.1-was-", "21.08.1")]
    public void Mistake_is_named(string name, string verdict, string place, string right, string wrong, string said)
    {
        foreach (string version in (string[])[Recording.Old, Recording.New])
        {
            SlurmReport report = Judge(Question, version, place, right, wrong);

            SlurmFinding finding = Assert.Single(report.Findings, each => each.Name == name);
            Assert.Equal(verdict, finding.Verdict);
            Assert.Contains(said, finding.What + finding.Advice, StringComparison.Ordinal);
            Assert.NotNull(finding.Advice);
            Assert.Equal(verdict == SlurmFinding.Problem ? [name] : [], Named(report, SlurmFinding.Problem));
        }
    }

    [Fact]
    public void Clock_is_a_problem_before_munge_has_one()
    {
        SlurmFacts facts = Facts(Recording.Old);

        Assert.Equal("ok", Verdict(SlurmExamination.Judge(facts with { ClockAhead = TimeSpan.FromSeconds(-5) }, Question), "clock"));
        SlurmReport report = SlurmExamination.Judge(facts with { ClockAhead = TimeSpan.FromSeconds(-90) }, Question);
        Assert.Contains("90 s behind", Assert.Single(report.Findings, finding => finding.Name == "clock").What, StringComparison.Ordinal);
        Assert.True(report.HasProblem);
    }

    [Fact]
    public void Pilots_beside_jobs_need_cores_of_their_own()
    {
        SlurmQuestion shared = Question with { PilotCores = 2 };

        Assert.Equal("problem", Verdict(Judge(shared), "cores"));
        Assert.Equal("problem", Verdict(Judge(shared, Recording.Old, "config", "select/cons_tres", "select/linear"), "cores"));
        Assert.Equal("ok", Verdict(Judge(shared, Recording.Old, "config", "task/none", "task/affinity,task/cgroup"), "cores"));
        Assert.Equal("hint", Verdict(Judge(shared, Recording.Old, "harvest", "OverSubscribe=NO", "OverSubscribe=EXCLUSIVE"), "over-subscribe"));
    }

    [Fact]
    public void Partition_of_batch_jobs_is_none_for_pilots()
    {
        SlurmReport report = Judge(Question with { Partition = null });

        Assert.Equal("batch", report.Partition); // Slurm's default
        Assert.Equal(["preempt-mode", "priority-tier"], Named(report, SlurmFinding.Problem));
        Assert.Equal(3_600 + 30 + 5 + 2.5, report.Reclaim!.WorstSeconds);
    }

    /// <summary>As measured: an agent that hangs was gone 7.9 s (no grace) and 23.05 s (10 s of grace, MessageTimeout 10) after the batch job's submission.</summary>
    [Theory]
    [InlineData(0, 5, 13.5)]
    [InlineData(0, 10, 13.5)]
    [InlineData(10, 5, 23.5)]
    [InlineData(10, 10, 23.5)]
    [InlineData(1, 10, 23.5)]
    [InlineData(60, 10, 73.5)]
    public void Worst_wait_is_reckoned_from_grace_kill_and_message_times(int grace, int messageTimeout, double worst)
    {
        SlurmFacts facts = SlurmFacts.Read(
            Recording.Read("config").Replace("MessageTimeout          = 5 sec", $"MessageTimeout          = {messageTimeout} sec", StringComparison.Ordinal),
            Recording.Read("partitions").Replace("GraceTime=0", $"GraceTime={grace}", StringComparison.Ordinal),
            Recording.Read("nodes"));

        ReclaimTime? reclaim = SlurmExamination.Judge(facts, Question).Reclaim;

        Assert.Equal((3.2, worst), (reclaim!.OrdinarySeconds, reclaim.WorstSeconds));
    }

    [Fact]
    public void Garbage_is_judged_without_falling_over()
    {
        var random = new Random(7);
        for (int i = 0; i < 200; i++)
        {
            string[] texts = [Scramble(Recording.Read("config"), random), Scramble(Recording.Read("partitions"), random), Scramble(Recording.Read("nodes"), random)];

            SlurmReport report = SlurmExamination.Judge(SlurmFacts.Read(texts[0], texts[1], texts[2]), Question);

            Assert.All(report.Findings, finding => Assert.DoesNotContain(finding.What, char.IsControl));
            _ = SlurmFacts.FindMoment(texts[0]);
        }

        Assert.True(SlurmExamination.Judge(SlurmFacts.Read(string.Empty, "=\n= =", "\0"), Question).HasProblem);
    }

    [Fact]
    public void Moment_of_the_answer_is_read()
    {
        Assert.Equal(new DateTime(2026, 11, 22, 2, 52, 53), SlurmFacts.FindMoment("Configuration data as of 2026-11-22T02:52:53\nKillWait = 5 sec\n"));
        Assert.Null(SlurmFacts.FindMoment("Configuration data as of now\n"));
        Assert.NotNull(SlurmFacts.FindMoment(Recording.Read("config", Recording.New)));
    }

    private static string Scramble(string text, Random random)
    {
        char[] letters = text.ToCharArray();
        for (int i = 0; i < 200; i++)
        {
            letters[random.Next(letters.Length)] = (char)random.Next(256);
        }

        return new string(letters, 0, random.Next(letters.Length));
    }

    private static SlurmReport Judge(SlurmQuestion question, string version = Recording.Old, string place = "", string right = "", string wrong = "") =>
        SlurmExamination.Judge(Facts(version, place, right, wrong), question);

    private static SlurmFacts Facts(string version, string place = "", string right = "", string wrong = "")
    {
        string config = Changed("config"), partitions = Recording.Read("partitions", version), nodes = Changed("nodes");
        if (place == "harvest")
        {
            int at = partitions.IndexOf(Harvest, StringComparison.Ordinal);
            Assert.Contains(right, partitions[at..], StringComparison.Ordinal);
            partitions = partitions[..at] + partitions[at..].Replace(right, wrong, StringComparison.Ordinal);
        }

        return SlurmFacts.Read(config, partitions, nodes) with { ControlGroupVersion = 2 };

        string Changed(string name)
        {
            string text = Recording.Read(name, version);
            Assert.True(place != name || text.Contains(right, StringComparison.Ordinal), $"{right} is not in what {version} says");
            return place == name ? text.Replace(right, wrong, StringComparison.Ordinal) : text;
        }
    }

    private static string[] Named(SlurmReport report, string verdict) => [.. report.Findings.Where(finding => finding.Verdict == verdict).Select(finding => finding.Name)];

    private static string Verdict(SlurmReport report, string name) => Assert.Single(report.Findings, finding => finding.Name == name).Verdict;
}
