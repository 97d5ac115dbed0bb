using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.Leasing;

/// <summary>Finds out from the manager why an executor is gone, so that errors say what happened and not only that it did.</summary>
internal static class LeaseLoss
{
    /// <summary>Asks until the manager knows of the end, within a time. Blocks; needs no thread pool.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="options">Clock.</param>
    /// <param name="lease">The lease whose executor is gone.</param>
    /// <param name="timeout">Bound of the whole.</param>
    /// <returns>Null if the manager does not know of an end.</returns>
    /// <exception cref="RowenException">The manager is away.</exception>
    public static ErrorAnswer? Ask(ClusterFile cluster, ManagerClientOptions options, LeaseId lease, TimeSpan timeout)
    {
        long startedAt = options.Time.GetTimestamp();
        using var manager = new ManagerConnection(cluster, options);
        LeaseView view = manager.GetLease(lease, timeout);
        while (view.EndCode == ErrorCode.None)
        {
            TimeSpan left = timeout - options.Time.GetElapsedTime(startedAt);
            if (left < TimeSpan.FromMilliseconds(20))
            {
                return null;
            }

            view = manager.WaitForLease(lease, view.Version, left * 0.9, left);
        }

        return new ErrorAnswer(view.EndCode, view.Reason.Length > 0 ? view.Reason : $"{lease} ended ({view.EndCode}).");
    }
}
