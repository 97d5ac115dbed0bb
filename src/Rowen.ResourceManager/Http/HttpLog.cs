namespace Rowen.ResourceManager.Http;

internal static partial class HttpLog
{
    [LoggerMessage(1400, LogLevel.Error, "{Method} {Path} failed.")]
    public static partial void Failed(ILogger logger, string method, string? path, Exception exception);

    [LoggerMessage(1401, LogLevel.Warning, "Refused a connection of user {UserId} to the Unix socket.")]
    public static partial void StrangerOnSocket(ILogger logger, uint userId);
}
