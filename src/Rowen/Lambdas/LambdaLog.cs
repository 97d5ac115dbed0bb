using Microsoft.Extensions.Logging;

namespace Rowen.Lambdas;

internal static partial class LambdaLog
{
    [LoggerMessage(4700, LogLevel.Warning, "{Function} reads the static field {Field}, which can change, or what it holds can: each executor has its own, as its initializer leaves it. To send its value, copy it to a local variable.")]
    public static partial void ReadsMutableStatic(ILogger logger, string function, string field);
}
