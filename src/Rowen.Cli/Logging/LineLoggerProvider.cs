using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Rowen.Cli.Logging;

/// <summary>Logs of the roles, for people who read standard error or the log file behind it.</summary>
internal sealed class LineLoggerProvider(TextWriter output, TimeProvider time) : ILoggerProvider
{
    private readonly ConcurrentDictionary<string, LineLogger> _loggers = new(StringComparer.Ordinal);
    private readonly TextWriter _output = TextWriter.Synchronized(output);

    /// <summary>What a role's log builder needs: this provider, and a level.</summary>
    public static void Configure(ILoggingBuilder builder, LogLevel level)
    {
        builder.SetMinimumLevel(level);
        builder.AddFilter("Microsoft", LogLevel.Warning); // each request in ten lines helps nobody
        builder.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None); // what keeps a manager from starting is told by its verb
        builder.AddProvider(new LineLoggerProvider(Console.Error, TimeProvider.System));
    }

    public ILogger CreateLogger(string categoryName) =>
        _loggers.GetOrAdd(categoryName, name => new LineLogger(NameOf(name), _output, time));

    public void Dispose()
    {
        // The writer is the process's.
    }

    private static string NameOf(string category) =>
        category.StartsWith("Rowen.ResourceManager", StringComparison.Ordinal) ? "manager"
        : category.StartsWith("Rowen.NodeAgent", StringComparison.Ordinal) ? "agent"
        : category;
}
