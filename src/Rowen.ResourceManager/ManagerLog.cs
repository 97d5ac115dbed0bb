using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.ResourceManager;

internal static partial class ManagerLog
{
    [LoggerMessage(1000, LogLevel.Information, "Resource manager {Epoch} takes calls on {Addresses}; its state is in {Folder}.")]
    public static partial void Started(ILogger logger, uint epoch, string addresses, string folder);

    [LoggerMessage(1001, LogLevel.Information, "Resource manager ends.")]
    public static partial void Ending(ILogger logger);

    [LoggerMessage(1002, LogLevel.Information, "Found {Leases} living leases on {Nodes} nodes from before.")]
    public static partial void Restored(ILogger logger, int leases, int nodes);

    [LoggerMessage(1003, LogLevel.Error, "Nothing new is granted: {Why}")]
    public static partial void StorageFails(ILogger logger, string why);

    [LoggerMessage(1004, LogLevel.Information, "The disk can be written again: leases are granted again.")]
    public static partial void StorageWorks(ILogger logger);

    [LoggerMessage(1100, LogLevel.Information, "{Lease} ended ({Code}): {Reason}")]
    public static partial void LeaseEnded(ILogger logger, LeaseId lease, ErrorCode code, string reason);

    [LoggerMessage(1101, LogLevel.Debug, "{Lease} is {State}: {Reason}")]
    public static partial void LeaseChanged(ILogger logger, LeaseId lease, LeaseState state, string reason);

    [LoggerMessage(1200, LogLevel.Information, "{Node} ({Name}) is {State}.")]
    public static partial void NodeChanged(ILogger logger, NodeId node, string name, string state);

    [LoggerMessage(1201, LogLevel.Warning, "{Node} does not read its orders: its stream is cut, so that it comes back for all of them.")]
    public static partial void AgentTooSlow(ILogger logger, NodeId node);
}
