using Microsoft.Extensions.Logging;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Nodes;

namespace Rowen.NodeAgent;

internal static partial class AgentLog
{
    [LoggerMessage(2000, LogLevel.Information, "Node {Name} offers {Cores} cores and {Mebibytes} MiB.")]
    public static partial void Offers(ILogger logger, string name, int cores, long mebibytes);

    [LoggerMessage(2001, LogLevel.Information, "Joined as {Node}; the manager's epoch is {Epoch}.")]
    public static partial void Joined(ILogger logger, NodeId node, uint epoch);

    [LoggerMessage(2002, LogLevel.Warning, "The manager is lost, and is tried again and again; leases go on until they expire: {Why}")]
    public static partial void ManagerLost(ILogger logger, string why);

    [LoggerMessage(2003, LogLevel.Warning, "An order was refused, because a later manager (epoch {Epoch}) was heard: {Order}.")]
    public static partial void OldManager(ILogger logger, uint epoch, NodeOrder order);

    [LoggerMessage(2004, LogLevel.Error, "A manager of epoch {Epoch} was refused, because one of epoch {Known} was heard.")]
    public static partial void OldWelcome(ILogger logger, uint epoch, uint known);

    [LoggerMessage(2005, LogLevel.Information, "{Lease} begins on {What} in {Executor}.")]
    public static partial void LeaseBegins(ILogger logger, LeaseId lease, string what, Executors.ExecutorNumber executor);

    [LoggerMessage(2006, LogLevel.Information, "{Lease} has ended, {Code}: {Why}")]
    public static partial void LeaseEnded(ILogger logger, LeaseId lease, ErrorCode code, string why);

    [LoggerMessage(2007, LogLevel.Information, "The node drains.")]
    public static partial void Drains(ILogger logger);

    [LoggerMessage(2008, LogLevel.Warning, "The drain takes too long; what still runs is killed.")]
    public static partial void DrainOverdue(ILogger logger);

    [LoggerMessage(2009, LogLevel.Warning, "The log of {Lease} could not be sent: {Why}")]
    public static partial void LogNotSent(ILogger logger, LeaseId lease, string why);

    [LoggerMessage(2010, LogLevel.Information, "Fabrics were tried for the manager: {Trial}.")]
    public static partial void FabricsTried(ILogger logger, NodeTrial trial);

    [LoggerMessage(2011, LogLevel.Warning, "What came of a trial of fabrics could not be sent: {Why}")]
    public static partial void TrialNotSent(ILogger logger, string why);

    [LoggerMessage(2012, LogLevel.Warning, "Node {Name} was to offer up to {AskedFor} cores, and offers {Cores}: it may use no more (affinity, quotas, the machine itself).")]
    public static partial void OffersFewer(ILogger logger, string name, int askedFor, int cores);
}
