namespace Rowen.ResourceManager.Limits;

internal static partial class LimitLog
{
    [LoggerMessage(1700, LogLevel.Information, "Limits of users and accounts are read from {Path}.")]
    public static partial void Read(ILogger logger, string path);

    [LoggerMessage(1701, LogLevel.Error, "The limits in {Path} cannot be used, and those of before hold: {Why}")]
    public static partial void Unusable(ILogger logger, string path, string why);
}
