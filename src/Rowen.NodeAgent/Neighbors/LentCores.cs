using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;

namespace Rowen.NodeAgent.Neighbors;

/// <summary>Which of a job's cores its owner lends on this node. Decides; performs nothing.</summary>
internal static class LentCores
{
    /// <summary>The highest cores that no process of the job is bound to: schedulers bind from the lowest.</summary>
    /// <param name="allowed">Processors that a step of the job may use here.</param>
    /// <param name="jobCores">How many cores of this node are the job's; none: the batch system does not say.</param>
    /// <param name="neighbors">The job's own processes.</param>
    /// <param name="count">How many are lent.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.CapacityExhausted"/>: there are not so many, or nobody can say which they are.</exception>
    public static IReadOnlyList<int> Choose(IReadOnlyList<int> allowed, int? jobCores, IReadOnlyList<NeighborProcess> neighbors, int count)
    {
        if (allowed.Count > jobCores)
        {
            throw Refuse($"the job has {jobCores} of this node's {allowed.Count} cores, and the batch system does not say which. Name those to lend with --cpus, or let the job ask for whole nodes (--exclusive)");
        }

        HashSet<int> taken = [.. neighbors.Where(neighbor => neighbor.IsBound(allowed)).SelectMany(neighbor => neighbor.Cores)];
        int[] left = [.. allowed.Where(core => !taken.Contains(core))];
        return left.Length >= count ? left[^count..] : throw Refuse(
            $"{count} of this node's {allowed.Count} cores are to be lent, and {left.Length} are left: the job's own processes are bound to {ProcessorList.Format(taken)}. Lend fewer");
    }

    /// <summary>Checks cores that the owner has named.</summary>
    /// <returns>Those.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.CapacityExhausted"/>: the step may not use one of them, or the job uses it.</exception>
    public static IReadOnlyList<int> Check(IReadOnlyList<int> named, IReadOnlyList<int> allowed, IReadOnlyList<NeighborProcess> neighbors)
    {
        int[] foreign = [.. named.Where(core => !allowed.Contains(core))];
        if (foreign.Length > 0)
        {
            throw Refuse($"--cpus names {ProcessorList.Format(foreign)}, and a step of this job may use {ProcessorList.Format(allowed)}");
        }

        if (FindConflict(named, allowed, neighbors) is { } conflict)
        {
            throw Refuse($"--cpus names {ProcessorList.Format(named)}, and process {conflict.Id} of the job ({conflict.Name}) is bound to {ProcessorList.Format(conflict.Cores)}");
        }

        return named;
    }

    /// <summary>A process of the job that has been bound to cores that are lent.</summary>
    public static NeighborProcess? FindConflict(IReadOnlyList<int> lent, IReadOnlyList<int> allowed, IReadOnlyList<NeighborProcess> neighbors) =>
        neighbors.FirstOrDefault(neighbor => neighbor.IsBound(allowed) && neighbor.Cores.Any(lent.Contains));

    private static RowenException Refuse(string why) => new(ErrorCode.CapacityExhausted, $"Nothing is lent here: {why}.");
}
