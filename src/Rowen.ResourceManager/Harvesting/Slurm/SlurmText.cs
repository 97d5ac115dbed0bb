using System.Buffers;
using System.Globalization;
using Rowen.Protocol.Errors;
using Rowen.ResourceManager.Placement;

namespace Rowen.ResourceManager.Harvesting.Slurm;

/// <summary>Reads what Slurm's commands print in the formats that we ask for. Lines that are not in that form are passed over.</summary>
/// <remarks>Fields of <c>--format</c> are the same in every version of Slurm; those of <c>--json</c> are not (SLURM.md, rule 10).</remarks>
internal static class SlurmText
{
    /// <summary>Job, state, node, reason; name, number of nodes, comment.</summary>
    public const string QueueFormat = "%i|%T|%N|%r|%j|%D|%k";

    /// <summary>Node, state, cores, memory in MiB, cores allocated/idle/other/total.</summary>
    public const string NodeFormat = "%N|%T|%c|%m|%C";

    /// <summary>Step, name.</summary>
    public const string StepFormat = "%i|%j";

    private const int MaxFieldLength = 300;

    /// <summary>Marks behind a node's state: powered down, waking, going down, planned to be, or rebooting.</summary>
    private static readonly SearchValues<char> SleepMarks = SearchValues.Create("~#%!@^");

    /// <summary>The jobs of one name, and those whose comment offers something.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.BatchSystemFailed"/>: there is something, and none of it can be read.</exception>
    public static BatchQueue ReadQueue(string text, string pilotName)
    {
        string[][] jobs = [.. Lines(text, 7)];
        if (jobs.Length == 0 && !string.IsNullOrWhiteSpace(text))
        {
            throw new RowenException(ErrorCode.BatchSystemFailed, "squeue answered nothing in the form that it was asked for.");
        }

        return new BatchQueue(
            [.. jobs.Where(fields => fields[4] == pilotName).Select(ToPilotOrNone).OfType<PilotJob>()],
            [.. jobs.Where(fields => fields[4] != pilotName && fields[1] is "RUNNING" or "SUSPENDED").Select(ToLenderOrNone).OfType<LendingJob>()]);
    }

    /// <summary>Each node once, whatever the number of partitions that it is in.</summary>
    public static IReadOnlyList<BatchNode> ReadNodes(string text) =>
        [.. Lines(text, 5).Select(ToNodeOrNone).OfType<BatchNode>().DistinctBy(node => node.Name)];

    /// <summary>The steps of that name.</summary>
    public static IReadOnlyList<string> ReadSteps(string text, string name) => [.. Lines(text, 2).Where(fields => fields[1] == name).Select(fields => fields[0])];

    /// <summary>The number that <c>sbatch --parsable</c> prints, perhaps with the cluster's name behind it.</summary>
    public static string? ReadJobOrNone(string text)
    {
        string job = text.Trim().Split('\n')[^1].Split(';')[0].Trim();
        return job.Length is > 0 and < 20 && job.All(char.IsAsciiDigit) ? job : null;
    }

    private static IEnumerable<string[]> Lines(string text, int count) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split('|', count, StringSplitOptions.TrimEntries))
        .Where(fields => fields.Length == count && fields.All(field => field.Length <= MaxFieldLength && !field.Any(char.IsControl)) && fields[0].Length > 0);

    /// <summary>A job in a state that no Slurm we know has is passed over: it may be the next version's word for running.</summary>
    private static PilotJob? ToPilotOrNone(string[] fields) =>
        fields[0].All(char.IsAsciiDigit) && PhaseOrNone(fields[1]) is { } phase ? new PilotJob(fields[0], phase, fields[1], fields[3], fields[2]) : null;

    /// <summary>A job that an array's number names is passed over: a step of it needs another.</summary>
    private static LendingJob? ToLenderOrNone(string[] fields) =>
        fields[0].All(char.IsAsciiDigit) && int.TryParse(fields[5], NumberStyles.None, CultureInfo.InvariantCulture, out int nodes) && nodes is >= 1 and <= 65_536
            && JobOffer.ParseOrNone(fields[6]) is { } offer
            ? new LendingJob(fields[0], nodes, offer, IsSuspended: fields[1] == "SUSPENDED")
            : null;

    private static PilotPhase? PhaseOrNone(string state) => state switch
    {
        "PENDING" or "CONFIGURING" or "REQUEUED" or "REQUEUE_HOLD" or "REQUEUE_FED" or "SPECIAL_EXIT" or "RESV_DEL_HOLD" => PilotPhase.Pending,
        "RUNNING" or "SUSPENDED" or "STOPPED" or "SIGNALING" or "RESIZING" or "STAGE_OUT" => PilotPhase.Running,
        "COMPLETING" or "COMPLETED" or "CANCELLED" or "FAILED" or "TIMEOUT" or "PREEMPTED" or "NODE_FAIL" or "BOOT_FAIL" or "LAUNCH_FAILED" or "RECONFIG_FAIL"
            or "DEADLINE" or "OUT_OF_MEMORY" or "REVOKED" => PilotPhase.Ended,
        _ => null,
    };

    private static BatchNode? ToNodeOrNone(string[] fields)
    {
        if (!int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out int cores) || cores is < 1 or > 65_536
            || !long.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out long mebibytes) || mebibytes is < 0 or > 1L << 30)
        {
            return null;
        }

        string state = fields[1];
        bool isAsleep = state.AsSpan().ContainsAny(SleepMarks) || state.Contains("power", StringComparison.OrdinalIgnoreCase);
        bool isIdle = state is "idle" or "planned" && fields[4].StartsWith("0/", StringComparison.Ordinal);
        return new BatchNode(fields[0], state, isIdle, isAsleep, new NodeShape(cores, mebibytes << 20));
    }
}
