using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Rowen.Lambdas;

/// <summary>Says once for each client and static field that executors have their own.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class StaticWarnings(ILogger logger)
{
    /// <summary>More fields than any program's lambdas read; those beyond are not told.</summary>
    private const int MaxTold = 10_000;

    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal); // as a set

    public ILogger Logger => logger;

    public void Tell(CapturedLambda lambda)
    {
        foreach (string field in lambda.MutableStatics)
        {
            if (_told.Count < MaxTold && _told.TryAdd(field, true))
            {
                LambdaLog.ReadsMutableStatic(logger, lambda.MethodName, field);
            }
        }
    }
}
