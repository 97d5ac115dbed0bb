using Microsoft.Extensions.Logging;
using Rowen.Protocol.Identifiers;

namespace Rowen.Leasing;

internal static partial class LeasingLog
{
    [LoggerMessage(4100, LogLevel.Information, "Leased {LeaseId}: {Cores} cores of {Node} over {Provider}.")]
    public static partial void Leased(ILogger logger, LeaseId leaseId, int cores, string node, string provider);

    [LoggerMessage(4101, LogLevel.Warning, "{LeaseId} was not renewed, next try soon: {Why}")]
    public static partial void RenewalFailed(ILogger logger, LeaseId leaseId, string why);

    [LoggerMessage(4102, LogLevel.Error, "{LeaseId} could not be renewed in time and is over.")]
    public static partial void NotRenewed(ILogger logger, LeaseId leaseId);

    [LoggerMessage(4103, LogLevel.Warning, "{LeaseId} was not given back, it ends at its expiry: {Why}")]
    public static partial void NotReleased(ILogger logger, LeaseId leaseId, string why);
}
