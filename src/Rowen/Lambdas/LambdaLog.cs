using Microsoft.Extensions.Logging;

namespace Rowen.Lambdas;

internal static partial class LambdaLog
{
    /// <summary>What a field that is read means, and what to do.</summary>
    public const string StaticAdvice = "each executor has its own, as its initializer leaves it. To send its value, copy it to a local variable.";

    [LoggerMessage(4700, LogLevel.Warning, "{Function} reads the static field {Field}, which can change, or what it holds can: " + StaticAdvice)]
    public static partial void ReadsMutableStatic(ILogger logger, string function, string field);
}
