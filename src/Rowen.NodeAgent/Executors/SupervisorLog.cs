using Microsoft.Extensions.Logging;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.NodeAgent.Executors;

internal static partial class SupervisorLog
{
    [LoggerMessage(2100, LogLevel.Error, "{Executor} could not be started.")]
    public static partial void StartFailed(ILogger logger, Exception exception, ExecutorNumber executor);

    [LoggerMessage(2101, LogLevel.Debug, "{Executor} (process {ProcessId}) has ended, {Code}: {Why}")]
    public static partial void Ended(ILogger logger, ExecutorNumber executor, int processId, ErrorCode code, string why);

    [LoggerMessage(2102, LogLevel.Warning, "{Executor} could not be killed: it runs as another user.")]
    public static partial void KillFailed(ILogger logger, Exception exception, ExecutorNumber executor);

    [LoggerMessage(2103, LogLevel.Warning, "{Folder} could not be removed; the agent's next start tries again.")]
    public static partial void FolderStays(ILogger logger, Exception exception, string folder);

    [LoggerMessage(2104, LogLevel.Warning, "What {Lease} prints is lost: its log could not be opened.")]
    public static partial void NoLog(ILogger logger, Exception exception, LeaseId lease);

    [LoggerMessage(2105, LogLevel.Warning, "A connection of process {ProcessId}, user {UserId}, was closed: it is no executor that waits to connect.")]
    public static partial void Stranger(ILogger logger, int processId, uint userId);

    [LoggerMessage(2106, LogLevel.Warning, "{Executor} sent message {Kind}, which makes no sense there; it is killed.")]
    public static partial void Nonsense(ILogger logger, ExecutorNumber executor, byte kind);
}
