using System.Globalization;

namespace Rowen.ResourceManager.Harvesting.Slurm.Examination;

/// <summary>Judges what Slurm says of itself. A plain class: asks nobody.</summary>
internal static class SlurmExamination
{
    /// <summary>The oldest that recorded answers and tests exist of.</summary>
    private const int OldestMajor = 22, OldestMinor = 5;

    /// <summary>munge refuses credentials that seem five minutes old; allocations that seem to end earlier or later hurt before.</summary>
    private static readonly TimeSpan MaxClockDifference = TimeSpan.FromSeconds(5);

    public static SlurmReport Judge(SlurmFacts facts, SlurmQuestion question)
    {
        List<SlurmFinding> findings = [Version(facts), NodeVersions(facts), Clock(facts), ProcessTracking(facts), Cores(facts, question), ControlGroups(facts)];
        SlurmRecord? partition = facts.PartitionOrNone(question.Partition);
        ReclaimTime? reclaim = null;
        if (partition is null)
        {
            findings.Add(NoPartition(facts, question));
        }
        else
        {
            findings.AddRange(PartitionRules.Judge(facts, partition, question));
            var preemption = new PreemptionRules(facts, partition, question);
            findings.AddRange(preemption.Judge());
            reclaim = preemption.Reckon();
        }

        return new SlurmReport(NameOf(facts), facts.Configuration["SLURM_VERSION"], partition?["PartitionName"], SlurmFinding.Order(findings), reclaim);
    }

    private static string NameOf(SlurmFacts facts) => facts.Configuration["ClusterName"];

    private static SlurmFinding NoPartition(SlurmFacts facts, SlurmQuestion question)
    {
        string known = string.Join(", ", facts.Partitions.Take(20).Select(each => each["PartitionName"]));
        return question.Partition is { } name
            ? new("partition", SlurmFinding.Problem, $"There is no partition {name} that you may see; there are: {known}.",
                "Name one of these with --partition, or have an administrator add what `rowen admin plan --dry-run` prints.")
            : new("partition", SlurmFinding.Problem, $"Slurm has no default partition; there are: {known}.", "Name one with --partition.");
    }

    private static SlurmFinding Version(SlurmFacts facts)
    {
        string version = facts.Configuration["SLURM_VERSION"];
        return ReleaseOrNone(version) is not { } release
                ? new("version", SlurmFinding.Hint, $"Slurm's version, '{version}', has a form that Rowen does not know.", "Report it; what Rowen asks of Slurm has not changed in years.")
            : release.Major * 100 + release.Minor < OldestMajor * 100 + OldestMinor
                ? new("version", SlurmFinding.Hint, $"Slurm {version} is older than 22.05, with which Rowen is tested.", "Try one pilot first: `rowen up --slurm --max-nodes 1`.")
            : new("version", SlurmFinding.Fine, $"Slurm {version}.");
    }

    private static SlurmFinding NodeVersions(SlurmFacts facts)
    {
        (int Major, int Minor)? ours = ReleaseOrNone(facts.Configuration["SLURM_VERSION"]);
        string[] others = [.. facts.Nodes.Select(node => node["Version"]).Where(version => version.Length > 0 && ReleaseOrNone(version) != ours).Distinct()];
        return others.Length == 0
            ? new("node-versions", SlurmFinding.Fine, "Every node that has come runs slurmctld's release.")
            : new("node-versions", SlurmFinding.Hint, $"Some nodes run another release than slurmctld: {string.Join(", ", others.Take(5))}.",
                "Slurm takes its two releases before; finish the upgrade before you judge reclaim times.");
    }

    private static SlurmFinding Clock(SlurmFacts facts)
    {
        string seconds = facts.ClockAhead.Duration().TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        return facts.ClockAhead.Duration() <= MaxClockDifference
            ? new("clock", SlurmFinding.Fine, "This machine's clock and slurmctld's agree.")
            : new("clock", SlurmFinding.Problem, $"slurmctld's clock is {seconds} s {(facts.ClockAhead > TimeSpan.Zero ? "ahead of" : "behind")} this machine's.",
                "Synchronise the clocks (chrony): agents reckon by them when their allocation ends, and munge refuses credentials that seem 5 minutes old.");
    }

    private static SlurmFinding ProcessTracking(SlurmFacts facts)
    {
        string plugin = facts.Configuration["ProctrackType"];
        return plugin switch
        {
            "proctrack/cgroup" => new("process-tracking", SlurmFinding.Fine, "Slurm finds every process of a job by its control group."),
            "proctrack/pgid" => new("process-tracking", SlurmFinding.Problem, "ProctrackType=proctrack/pgid: a process that leaves its process group outlives its job.",
                "ProctrackType=proctrack/cgroup: what a function starts must not stay on a node that is given back."),
            _ => new("process-tracking", SlurmFinding.Hint, $"ProctrackType={plugin}: Slurm finds a job's processes by their parents alone.",
                "ProctrackType=proctrack/cgroup also finds those that detach themselves."),
        };
    }

    private static SlurmFinding Cores(SlurmFacts facts, SlurmQuestion question)
    {
        bool binds = facts.Configuration["TaskPlugin"].Contains("cgroup", StringComparison.Ordinal) || facts.Configuration["TaskPlugin"].Contains("affinity", StringComparison.Ordinal);
        return question.PilotCores is not null && facts.Configuration["SelectType"] == "select/linear"
                ? new("cores", SlurmFinding.Problem, "SelectType=select/linear gives whole nodes alone, and pilots are to be smaller.", "Leave out --pilot-cores, or SelectType=select/cons_tres.")
            : binds ? new("cores", SlurmFinding.Fine, "Slurm binds jobs to their cores.")
            : question.PilotCores is null
                ? new("cores", SlurmFinding.Hint, "Slurm binds no job to its cores. Pilots that own their node do not mind.", "TaskPlugin=task/cgroup,task/affinity, before pilots share nodes with jobs.")
            : new("cores", SlurmFinding.Problem, "Slurm binds no job to its cores: on a shared node, functions and batch jobs would compute on the same ones.", "TaskPlugin=task/cgroup,task/affinity and ConstrainCores=yes in cgroup.conf; or whole nodes, without --pilot-cores.");
    }

    private static SlurmFinding ControlGroups(SlurmFacts facts) => facts.ControlGroupVersion > 0
        ? new("cgroup", SlurmFinding.Fine, string.Create(CultureInfo.InvariantCulture, $"This machine has control groups, version {facts.ControlGroupVersion}."))
        : new("cgroup", SlurmFinding.Hint, "This machine shows no control groups.", "If the nodes have none either, nothing but the agent itself limits the memory of functions.");

    private static (int Major, int Minor)? ReleaseOrNone(string version)
    {
        string[] parts = version.Split('.');
        return parts.Length >= 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minor) && major < 1_000 && minor < 100 ? (major, minor) : null;
    }
}
