using System.Globalization;

namespace Rowen.ResourceManager.Harvesting.Slurm.Examination;

/// <summary>Whether pilots would get nodes of a partition at all, and what that does to them.</summary>
internal static class PartitionRules
{
    private static readonly string[] Limits = ["AllowAccounts", "DenyAccounts", "AllowGroups", "AllowQos", "DenyQos", "AllocNodes"];

    public static IEnumerable<SlurmFinding> Judge(SlurmFacts facts, SlurmRecord partition, SlurmQuestion question)
    {
        string name = partition["PartitionName"];
        yield return State(name, partition);
        yield return Access(name, partition);
        yield return MaxTime(name, partition, question);
        yield return Sharing(name, partition, question);
        yield return Power(facts.NodesOf(name));
    }

    private static SlurmFinding State(string name, SlurmRecord partition) => partition["State"] == "UP"
        ? new("partition", SlurmFinding.Fine, $"Partition {name} is up, with {partition["TotalNodes"]} nodes.")
        : new("partition", SlurmFinding.Problem, $"Partition {name} is {partition["State"]}: no pilot starts there.", $"scontrol update partitionname={name} state=up");

    private static SlurmFinding Access(string name, SlurmRecord partition)
    {
        string[] limits =
        [
            .. Limits.Where(limit => partition[limit] is not "" and not "ALL").Select(limit => $"{limit}={partition[limit]}"),
        ];
        return partition["RootOnly"] == "YES"
                ? new("access", SlurmFinding.Problem, $"Partition {name} takes jobs of root alone.", "RootOnly=NO, with AllowAccounts for those who may harvest.")
            : limits.Length == 0
                ? new("access", SlurmFinding.Fine, $"Partition {name} takes jobs of every account.")
            : new("access", SlurmFinding.Hint, $"Partition {name} does not take everybody's jobs: {string.Join(", ", limits)}.",
                "Name your account or quality of service behind `--`: rowen up --slurm -- --account=NAME");
    }

    private static SlurmFinding MaxTime(string name, SlurmRecord partition, SlurmQuestion question)
    {
        TimeSpan? most = partition.TimeOrNone("MaxTime");
        return question.TimeLimit > most
            ? new("max-time", SlurmFinding.Problem,
                $"Pilots would ask for {Text(question.TimeLimit.Value)}, and MaxTime of partition {name} is {Text(most.Value)}: Slurm takes such a job, and lets it wait for ever.",
                string.Create(CultureInfo.InvariantCulture, $"--time-limit {Math.Floor(most.Value.TotalMinutes)}m or less."))
            : new("max-time", SlurmFinding.Fine, "Pilots ask for no more time than the partition gives.");
    }

    private static SlurmFinding Sharing(string name, SlurmRecord partition, SlurmQuestion question)
    {
        string sharing = partition["OverSubscribe"];
        return sharing.StartsWith("FORCE", StringComparison.Ordinal)
                ? new("over-subscribe", SlurmFinding.Problem, $"OverSubscribe={sharing} in partition {name}: Slurm would run batch jobs and pilots on the same cores, in turns.", $"OverSubscribe=NO in partition {name}.")
            : sharing == "EXCLUSIVE" && question.PilotCores is not null
                ? new("over-subscribe", SlurmFinding.Hint, $"OverSubscribe=EXCLUSIVE in partition {name}: each pilot takes a whole node, whatever --pilot-cores says.", "Leave out --pilot-cores, or OverSubscribe=NO.")
            : new("over-subscribe", SlurmFinding.Fine, "Slurm gives no core to two jobs at a time.");
    }

    private static SlurmFinding Power(IReadOnlyList<SlurmRecord> nodes)
    {
        int asleep = nodes.Count(node => node["State"].Contains("POWER", StringComparison.Ordinal));
        return asleep == 0
            ? new("power", SlurmFinding.Fine, "No node of the partition is powered down.")
            : new("power", SlurmFinding.Hint,
                string.Create(CultureInfo.InvariantCulture, $"{asleep} of {nodes.Count} nodes are powered down, or on their way. Pilots are submitted with --exclude for these, and wake none."),
                "A pilot keeps its node from powering down for as long as it runs: a shorter --idle-timeout keeps less awake.");
    }

    private static string Text(TimeSpan time) => time.ToString("c", CultureInfo.InvariantCulture);
}
