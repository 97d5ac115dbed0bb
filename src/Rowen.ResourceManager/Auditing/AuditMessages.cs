namespace Rowen.ResourceManager.Auditing;

internal static partial class AuditMessages
{
    [LoggerMessage(1600, LogLevel.Error, "The audit log {Path} cannot be written; entries are lost until it can: {Why}")]
    public static partial void CannotWrite(ILogger logger, string path, string why);
}
