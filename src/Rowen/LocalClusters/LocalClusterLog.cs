using Microsoft.Extensions.Logging;

namespace Rowen.LocalClusters;

internal static partial class LocalClusterLog
{
    [LoggerMessage(4200, LogLevel.Error, "The local cluster ended with exit code {ExitCode}; its last words: {Words}")]
    public static partial void EndedBadly(ILogger logger, int exitCode, string words);

    [LoggerMessage(4201, LogLevel.Error, "The local cluster did not end within {Timeout} and was killed; its last words: {Words}")]
    public static partial void Killed(ILogger logger, TimeSpan timeout, string words);
}
