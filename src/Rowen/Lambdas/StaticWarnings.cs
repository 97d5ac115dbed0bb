using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Rowen.Lambdas;

/// <summary>Says once for each client and static field that executors have their own; where no logger was given, once for each process on standard error.</summary>
/// <param name="logger">Hears it.</param>
/// <param name="error">What stands for standard error; null: that.</param>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class StaticWarnings(ILogger logger, TextWriter? error = null)
{
    /// <summary>More fields than any program's lambdas read; those beyond are not told.</summary>
    private const int MaxTold = 10_000;

    private static readonly ConcurrentDictionary<string, bool> ToldWithoutLogger = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, bool> _told = logger is NullLogger ? ToldWithoutLogger : new(StringComparer.Ordinal); // as a set

    public ILogger Logger => logger;

    public void Tell(CapturedLambda lambda)
    {
        foreach (string field in lambda.MutableStatics)
        {
            if (_told.Count < MaxTold && _told.TryAdd(field, true))
            {
                Tell(lambda.MethodName, field);
            }
        }
    }

    /// <summary>A wrong result without a word would be worse than a line that nobody asked for.</summary>
    private void Tell(string function, string field)
    {
        if (logger is not NullLogger)
        {
            LambdaLog.ReadsMutableStatic(logger, function, field);
            return;
        }

        try
        {
            (error ?? Console.Error).WriteLine($"rowen: {function} reads the static field {field}, which can change, or what it holds can: {LambdaLog.StaticAdvice}");
        }
        catch (IOException)
        {
            // Nobody listens.
        }
    }
}
