using Microsoft.Extensions.Logging;
using Rowen.Protocol.Identifiers;

namespace Rowen.Leasing;

internal static partial class LeasingLog
{
    [LoggerMessage(4100, LogLevel.Information, "Leased {LeaseId}: {Cores} cores of {Node} over {Provider}.")]
    public static partial void Leased(ILogger logger, LeaseId leaseId, int cores, string node, string provider);

    [LoggerMessage(4109, LogLevel.Information, "Of code package {Package} {Bytes} bytes were sent, of {AllBytes}: the manager had the rest.")]
    public static partial void SentChanges(ILogger logger, string package, long bytes, long allBytes);

    [LoggerMessage(4110, LogLevel.Warning, "Lanes of {LeaseId} go to {Node} over {Provider} and not over libfabric, which was chosen and failed: {Why}")]
    public static partial void LibfabricFailed(ILogger logger, LeaseId leaseId, string node, string provider, string why);

    [LoggerMessage(4101, LogLevel.Warning, "{LeaseId} was not renewed, next try soon: {Why}")]
    public static partial void RenewalFailed(ILogger logger, LeaseId leaseId, string why);

    [LoggerMessage(4102, LogLevel.Error, "{LeaseId} could not be renewed in time and is over.")]
    public static partial void NotRenewed(ILogger logger, LeaseId leaseId);

    [LoggerMessage(4103, LogLevel.Warning, "{LeaseId} was not given back, it ends at its expiry: {Why}")]
    public static partial void NotReleased(ILogger logger, LeaseId leaseId, string why);

    [LoggerMessage(4104, LogLevel.Warning, "Remote memory of {LeaseId} on {Node} is gone or going; a new copy is made in {NewLeaseId} on {NewNode}.")]
    public static partial void CopyReplaced(ILogger logger, LeaseId leaseId, string node, LeaseId newLeaseId, string newNode);

    [LoggerMessage(4105, LogLevel.Information, "{Bytes} bytes of remote memory were copied to {Node} in {Seconds:0.0} s.")]
    public static partial void Copied(ILogger logger, long bytes, string node, double seconds);

    [LoggerMessage(4106, LogLevel.Warning, "Remote memory could not be copied to {LeaseId} on {Node}, next try soon: {Why}")]
    public static partial void NotCopied(ILogger logger, LeaseId leaseId, string node, string why);

    [LoggerMessage(4107, LogLevel.Warning, "No node has room for a new copy of remote memory of {LeaseId} on {Node}, next try soon: {Why}")]
    public static partial void NoRoomForCopy(ILogger logger, LeaseId leaseId, string node, string why);

    [LoggerMessage(4108, LogLevel.Error, "Region {Name} of remote memory that is taken back could not be kept: {Why}")]
    public static partial void NotKept(ILogger logger, string name, string why);
}
