using System.Globalization;

namespace Rowen.ResourceManager.Harvesting.Slurm.Examination;

/// <summary>Whether batch jobs get a pilot's node at once, and how long that takes at worst.</summary>
/// <remarks>The times that Slurm adds by itself were measured on 22.05 with agents that obey, and with some that do not.</remarks>
internal sealed class PreemptionRules(SlurmFacts facts, SlurmRecord partition, SlurmQuestion question)
{
    /// <summary>From the batch job's submission until a pilot's step is told: 0.2 to 0.5 s on a quiet slurmctld.</summary>
    private const double OrdinaryDelaySeconds = 1.2;

    /// <summary>The same for a busy one: a whole turn of the scheduler and of its agents.</summary>
    private const double WorstDelaySeconds = 6;

    /// <summary>From SIGKILL until the node is free again.</summary>
    private const double KillSeconds = 2.5;

    /// <summary>Slurm looks at time limits twice a minute.</summary>
    private const double TimeLimitSeconds = 30;

    /// <summary>What an agent needs beyond its drain grace to end its executors.</summary>
    private static readonly TimeSpan EndMargin = TimeSpan.FromSeconds(1);

    private readonly string _name = partition["PartitionName"];

    /// <summary>Slurm's own default where the configuration cannot be read.</summary>
    private TimeSpan KillWait => facts.Configuration.TimeOrNone("KillWait") ?? TimeSpan.FromSeconds(30);

    private TimeSpan MessageTimeout => facts.Configuration.TimeOrNone("MessageTimeout") ?? TimeSpan.FromSeconds(10);

    private double GraceSeconds => partition.NumberOrNone("GraceTime") ?? 0;

    private bool IsPreempted => facts.Configuration["PreemptType"] is "preempt/partition_prio" or "preempt/qos" && !IsOff && !IsSuspended
        && (facts.Configuration["PreemptType"] == "preempt/qos" || Above.Count > 0);

    private bool IsOff => partition["PreemptMode"] == "OFF" || facts.Configuration["PreemptMode"] == "OFF";

    private bool IsSuspended => partition.Lists("PreemptMode", "SUSPEND") || partition.Lists("PreemptMode", "GANG");

    /// <summary>Partitions that share a node with this one and come before it.</summary>
    private IReadOnlyList<string> Above => [.. Sharing.Where(other => other.NumberOrNone("PriorityTier") > partition.NumberOrNone("PriorityTier")).Select(other => other["PartitionName"])];

    private IEnumerable<SlurmRecord> Sharing => facts.Partitions.Where(other =>
        other["PartitionName"] != _name && facts.NodesOf(_name).Any(node => node.Lists("Partitions", other["PartitionName"])));

    public IEnumerable<SlurmFinding> Judge()
    {
        yield return Type();
        yield return Mode();
        yield return Tier();
        yield return ExemptTime();
        yield return GraceTime();
        yield return KillWaiting();
        yield return CompleteWait();
    }

    /// <summary>How long a batch job waits for a pilot's node.</summary>
    public ReclaimTime Reckon()
    {
        double killWait = KillWait.TotalSeconds;
        if (!IsPreempted)
        {
            TimeSpan? limit = question.TimeLimit ?? partition.TimeOrNone("DefaultTime") ?? partition.TimeOrNone("MaxTime");
            double held = limit?.TotalSeconds ?? double.PositiveInfinity;
            double most = double.IsFinite(held) ? held + TimeLimitSeconds + killWait + KillSeconds : TimeSpan.FromDays(365).TotalSeconds;
            return new ReclaimTime(most, most, "nothing preempts a pilot of this partition: its time limit + up to 30 s until Slurm looks + KillWait + 2.5 s");
        }

        // With a grace time Slurm does not look again before KillWait + MessageTimeout, however short the grace is.
        double grace = GraceSeconds == 0 ? 0 : Math.Max(GraceSeconds, killWait + MessageTimeout.TotalSeconds - WorstDelaySeconds + 1);
        double worst = grace + WorstDelaySeconds + killWait + KillSeconds;
        string reckoning = string.Create(
            CultureInfo.InvariantCulture, $"GraceTime {grace:0.#}{(grace > GraceSeconds ? " (as it comes out with MessageTimeout)" : string.Empty)} + up to 6 + KillWait {killWait:0.#} + 2.5 s");
        return new ReclaimTime(question.DrainGrace.TotalSeconds + OrdinaryDelaySeconds, worst, reckoning);
    }

    private SlurmFinding Type() => facts.Configuration["PreemptType"] switch
    {
        "preempt/partition_prio" => new("preempt-type", SlurmFinding.Fine, "Partitions of a higher tier preempt those of a lower one."),
        "preempt/qos" => new("preempt-type", SlurmFinding.Hint, "PreemptType=preempt/qos: who preempts whom is a matter of qualities of service, which are not looked at here.",
            "Give pilots one that batch jobs' may preempt, with PreemptMode=cancel and GraceTime=0 (sacctmgr show qos), behind `--`: --qos=NAME"),
        var other => new("preempt-type", SlurmFinding.Problem, $"PreemptType={(other.Length == 0 ? "preempt/none" : other)}: batch jobs wait until a pilot's time is over.",
            "PreemptType=preempt/partition_prio (`rowen admin plan --dry-run`); until then only short pilots: --time-limit 5m"),
    };

    private SlurmFinding Mode() =>
        facts.Configuration["PreemptMode"] == "OFF"
            ? new("preempt-mode", SlurmFinding.Problem, "PreemptMode=OFF for the whole cluster: nothing is preempted, whatever a partition says.", "PreemptMode=CANCEL, and PreemptMode=OFF in the partitions of batch jobs.")
        : partition["PreemptMode"] == "OFF"
            ? new("preempt-mode", SlurmFinding.Problem, $"PreemptMode=OFF in partition {_name}: batch jobs wait until a pilot's time is over.", $"PreemptMode=CANCEL in partition {_name}, or a partition of pilots' own.")
        : IsSuspended
            ? new("preempt-mode", SlurmFinding.Problem, $"PreemptMode={partition["PreemptMode"]} in partition {_name}: a suspended pilot keeps its memory, and its leases do not hear of it.", $"PreemptMode=CANCEL in partition {_name}.")
        : partition["PreemptMode"] == "REQUEUE"
            ? new("preempt-mode", SlurmFinding.Hint, "PreemptMode=REQUEUE: works, since pilots are submitted with --no-requeue.", $"PreemptMode=CANCEL in partition {_name} says what happens.")
        : new("preempt-mode", SlurmFinding.Fine, $"PreemptMode={partition["PreemptMode"]} in partition {_name}.");

    private SlurmFinding Tier()
    {
        string tier = partition["PriorityTier"];
        string[] behind = [.. Sharing.Where(other => other["PreemptMode"] == "OFF").Select(other => other["PartitionName"]).Except(Above)]; // others that can be preempted are scavengers, too
        return facts.Configuration["PreemptType"] == "preempt/qos"
                ? new("priority-tier", SlurmFinding.Fine, "Tiers do not decide here.")
            : behind.Length > 0
                ? new("priority-tier", SlurmFinding.Problem, $"{string.Join(", ", behind)} shares nodes with {_name} and has no higher PriorityTier than its {tier}: jobs there wait for pilots.",
                    $"A PriorityTier above {tier} for {string.Join(", ", behind)}.")
            : Above.Count == 0
                ? new("priority-tier", SlurmFinding.Problem, $"No partition that has nodes of {_name} has a higher PriorityTier than its {tier}: no batch job can preempt a pilot there.",
                    "A partition of pilots' own over the nodes of batch jobs, with a lower PriorityTier (`rowen admin plan --dry-run`).")
            : new("priority-tier", SlurmFinding.Fine, $"Before partition {_name} (tier {tier}) come: {string.Join(", ", Above)}.");
    }

    private SlurmFinding ExemptTime() => facts.Configuration.TimeOrNone("PreemptExemptTime") is { } time && time > TimeSpan.Zero
        ? new("exempt-time", SlurmFinding.Problem, $"PreemptExemptTime={facts.Configuration["PreemptExemptTime"]}: no pilot is preempted before it has run that long.", "PreemptExemptTime=0, or one in the qualities of service of others only.")
        : new("exempt-time", SlurmFinding.Fine, "Pilots can be preempted from their first second.");

    private SlurmFinding GraceTime() => GraceSeconds > 0
        ? new("grace-time", SlurmFinding.Hint, string.Create(CultureInfo.InvariantCulture, $"GraceTime={GraceSeconds} in partition {_name}. Agents leave by themselves as soon as they are told: it only matters if one hangs, and then batch jobs wait for it."),
            $"GraceTime=0 in partition {_name}.")
        : new("grace-time", SlurmFinding.Fine, $"GraceTime=0 in partition {_name}.");

    private SlurmFinding KillWaiting()
    {
        string text = facts.Configuration["KillWait"];
        return KillWait > question.DrainGrace + EndMargin
            ? new("kill-wait", SlurmFinding.Fine, $"KillWait is {text}: agents have drained before that.")
            : new("kill-wait", SlurmFinding.Problem,
                string.Create(CultureInfo.InvariantCulture, $"KillWait is {text}, and agents drain for {question.DrainGrace.TotalSeconds:0.###} s: Slurm would kill them while functions finish."),
                string.Create(CultureInfo.InvariantCulture, $"A shorter --drain-grace, or KillWait={Math.Ceiling((question.DrainGrace + EndMargin + EndMargin).TotalSeconds)} and more."));
    }

    private SlurmFinding CompleteWait() => facts.Configuration.TimeOrNone("CompleteWait") is { } wait && wait > TimeSpan.Zero
        ? new("complete-wait", SlurmFinding.Problem, $"CompleteWait={facts.Configuration["CompleteWait"]}: while a job ends, such as a pilot that leaves, Slurm starts no other for up to that long.", "CompleteWait=0.")
        : new("complete-wait", SlurmFinding.Fine, "Jobs start while others end.");
}
