using Microsoft.Extensions.Logging;

namespace Rowen.NodeAgent.Neighbors;

internal static partial class NeighborLog
{
    [LoggerMessage(2300, LogLevel.Information, "Job {Job} lends cores {Cores}; it may use {Allowed} here.")]
    public static partial void Settled(ILogger logger, string job, string cores, string allowed);

    [LoggerMessage(2302, LogLevel.Information, "Made way for job {Jobs}; the node is offered again when it has ended.")]
    public static partial void MadeWay(ILogger logger, string jobs);

    [LoggerMessage(2301, LogLevel.Warning, "Job {Job} wants its cores: process {Process} ({Name}) was bound to {Wanted}, and {Lent} were lent. This node is lent no longer.")]
    public static partial void WantsCores(ILogger logger, string job, int process, string name, string wanted, string lent);
}
