using Microsoft.Extensions.Logging;

namespace Rowen.Cli.Logging;

/// <summary>Writes each event as one line to standard error: time, level, who, what.</summary>
internal sealed class LineLogger(string who, TextWriter output, TimeProvider time) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string message = formatter(state, exception).ReplaceLineEndings(" ");
        string cause = exception is null ? string.Empty : $" ({exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")})";
        output.WriteLine($"{time.GetLocalNow():HH:mm:ss.fff} {NameOf(logLevel)} {who}: {message}{cause}");
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "WARN ",
        _ => "ERROR",
    };
}
