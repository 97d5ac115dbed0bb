using System.Globalization;

namespace Rowen.ResourceManager.Harvesting;

/// <summary>Says in half a sentence why no more nodes are here yet.</summary>
internal static class HarvestNote
{
    private const int MaxPilotsNamed = 3;
    private const int MaxNodesNamed = 3;

    public static string Of(
        HarvestSettings settings, HarvestPlan plan, PilotTable pilots, HarvestNeeds needs, BackOff submitting, BackOff looking, long nowMs)
    {
        if (plan.IsFrozen)
        {
            return "harvesting is frozen by an administrator: `rowen admin thaw` lets it go on";
        }

        if (looking.FailureCount > 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"Slurm cannot be asked: {looking.Why} (again in {looking.RestMs(nowMs) / 1000} s)");
        }

        IReadOnlyList<Pilot> coming = pilots.Coming;
        string failure = submitting.FailureCount == 0 ? string.Empty : OfFailures(submitting, nowMs);
        return coming.Count > 0 ? OfPilots(coming) + (failure.Length > 0 ? $"; {failure}" : plan.BatchNodes.Count > 0 ? $"; {OfIdle(plan)}" : string.Empty)
            : failure.Length > 0 ? failure
            : OfNodes(settings, plan, needs);
    }

    private static string OfFailures(BackOff submitting, long nowMs) => submitting.IsPaused
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"no pilot is submitted any more after {submitting.FailureCount} failures in a row, the last: {submitting.Why}; mend that, then `rowen admin thaw`")
        : string.Create(CultureInfo.InvariantCulture, $"{submitting.Why} (tried again in {submitting.RestMs(nowMs) / 1000} s)");

    private static string OfPilots(IReadOnlyList<Pilot> coming)
    {
        IEnumerable<string> named = coming.Take(MaxPilotsNamed).Select(pilot => pilot.Job.Phase == PilotPhase.Pending
            ? pilot.Job.Reason is "None" or "" ? $"pilot {pilot.Id} waits in Slurm's queue" : $"pilot {pilot.Id} waits in Slurm's queue ({pilot.Job.Reason})"
            : $"pilot {pilot.Id} starts on {pilot.Job.NodeName}");
        string more = coming.Count > MaxPilotsNamed
            ? string.Create(CultureInfo.InvariantCulture, $", and {coming.Count - MaxPilotsNamed} more")
            : string.Empty;
        return string.Join(", ", named) + more;
    }

    private static string OfNodes(HarvestSettings settings, HarvestPlan plan, HarvestNeeds needs)
    {
        return needs.Nodes.Count >= settings.MaxNodes
                ? string.Create(CultureInfo.InvariantCulture, $"all {settings.MaxNodes} nodes that may be held (--max-nodes) are held")
            : plan.BatchNodes.Count == 0 ? "Slurm has not been asked for its nodes yet"
            : plan.BatchNodes.All(node => node.IsAsleep) ? "every node of the partition is powered down, and pilots wake none"
            : OfIdle(plan);
    }

    /// <summary>Such as <c>Slurm has 2 idle of 9 nodes (n3, n4), 1 powered down</c>.</summary>
    private static string OfIdle(HarvestPlan plan)
    {
        string[] idle = [.. plan.BatchNodes.Where(node => node.IsIdle).Select(node => node.Name)];
        string named = idle.Length == 0 ? string.Empty : $" ({string.Join(", ", idle.Take(MaxNodesNamed))}{(idle.Length > MaxNodesNamed ? " and others" : string.Empty)})";
        int asleep = plan.BatchNodes.Count(node => node.IsAsleep);
        return string.Create(
            CultureInfo.InvariantCulture, $"Slurm has {idle.Length} idle of {plan.BatchNodes.Count} nodes{named}{(asleep == 0 ? string.Empty : $", {asleep} powered down")}");
    }
}
