namespace Rowen.ResourceManager.CodePackages;

internal static partial class PackageLog
{
    [LoggerMessage(1500, LogLevel.Information, "Stored code package {Package}… ({Bytes} bytes).")]
    public static partial void Stored(ILogger logger, string package, long bytes);

    [LoggerMessage(1501, LogLevel.Information, "Removed code package {Package}… ({Bytes} bytes) to make room.")]
    public static partial void Removed(ILogger logger, string package, long bytes);
}
