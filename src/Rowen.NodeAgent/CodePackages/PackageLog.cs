using Microsoft.Extensions.Logging;

namespace Rowen.NodeAgent.CodePackages;

internal static partial class PackageLog
{
    [LoggerMessage(2200, LogLevel.Information, "Code package {Package} ({Kibibytes} KiB) is on this node now.")]
    public static partial void Fetched(ILogger logger, string package, long kibibytes);

    [LoggerMessage(2202, LogLevel.Information, "Of code package {Package} {Kibibytes} KiB were fetched, of {AllKibibytes}: other packages here had the rest.")]
    public static partial void FetchedChanges(ILogger logger, string package, long kibibytes, long allKibibytes);

    [LoggerMessage(2201, LogLevel.Warning, "{Folder} could not be removed; the agent's next start tries again.")]
    public static partial void NotRemoved(ILogger logger, Exception exception, string folder);
}
