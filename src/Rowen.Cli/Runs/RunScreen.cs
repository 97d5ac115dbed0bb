using System.Globalization;
using Rowen.Cli.Output;

namespace Rowen.Cli.Runs;

/// <summary>What people see of a run while it goes on: one line on standard error, so that standard output stays the items' own.</summary>
/// <param name="error">Where to.</param>
/// <param name="name">The run.</param>
/// <param name="isQuiet">Whether it shows nothing.</param>
/// <param name="isTerminal">Whether a person looks at it.</param>
/// <param name="time">The clock.</param>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class RunScreen(TextWriter error, string name, bool isQuiet, bool isTerminal, TimeProvider time) : IProgress<MapProgress>
{
    private const int BarWidth = 24;
    private const string ClearLine = "\r\e[K";

    private readonly Lock _lock = new();
    private readonly Standstill _standstill = new(time);
    private bool _isLineShown;
    private bool _isOver;

    /// <summary>Attempts that came to nothing, and were made again.</summary>
    public RetryCounts Retries { get; private set; } = new();

    public void Begin(long? count, string folder)
    {
        if (!isQuiet && count != 1)
        {
            string items = count is { } known ? $"{Units.Count(known)} items" : "items as they are read";
            error.WriteLine($"{name}: {items}; follow with `rowen logs {name} -f`; kept in {folder}");
        }
    }

    public void Report(MapProgress value)
    {
        lock (_lock)
        {
            Retries = value.Retries;
            if (_isOver || isQuiet)
            {
                return;
            }

            ExplainStandstill(value);
            if (isTerminal)
            {
                string line = LineOf(value);
                int width = Math.Max(20, Console.WindowWidth - 1);
                error.Write(ClearLine + (line.Length <= width ? line : line[..width]));
                _isLineShown = true;
            }
        }
    }

    /// <summary>Prints what an item has printed.</summary>
    public void Print(CommandOutcome outcome)
    {
        lock (_lock)
        {
            Clear();
            Write(Console.OpenStandardOutput(), outcome.StandardOutput);
            Write(Console.OpenStandardError(), outcome.StandardError);
        }
    }

    public void End()
    {
        lock (_lock)
        {
            _isOver = true;
            Clear();
        }
    }

    /// <summary>The line that shows how far it is.</summary>
    internal static string LineOf(MapProgress value)
    {
        long settled = value.Done + value.Failed;
        string bar = value.Total is > 0 and { } total ? $"[{new string('█', (int)(BarWidth * settled / total)).PadRight(BarWidth, '░')}] " : string.Empty;
        string waiting = value.Total is { } all ? $"{Units.Count(Math.Max(0, all - settled - value.Running))} waiting, " : string.Empty;
        string failed = value.Failed > 0 ? $", {Units.Count(value.Failed)} failed" : string.Empty;
        string retried = value.Retries.Total > 0 ? $", {RetryText.Of(value.Retries)}" : string.Empty;
        string rate = value.ItemsPerSecond > 0 ? string.Create(CultureInfo.InvariantCulture, $", {value.ItemsPerSecond:0.#}/s") : string.Empty;
        string left = value.TimeLeft is { } time ? $", {Units.Duration(time)} left" : string.Empty;
        string reason = value.Reason.Length > 0 ? $": {value.Reason}" : string.Empty;
        return $"{bar}{waiting}{Units.Count(value.Running)} running, {Units.Count(value.Done)} done{failed}{retried}{rate}{left}{reason}";
    }

    private void ExplainStandstill(MapProgress value)
    {
        if (_standstill.IsToBeTold(value.Running, value.Reason))
        {
            Clear(); // on a terminal the line has no room for the reason
            error.WriteLine($"{name}: {(value.Running == 0 ? "nothing runs: " : string.Empty)}{value.Reason}");
        }
    }

    private void Clear()
    {
        if (_isLineShown)
        {
            error.Write(ClearLine);
            _isLineShown = false;
        }
    }

    private static void Write(Stream stream, ReadOnlyMemory<byte> bytes)
    {
        using (stream)
        {
            try
            {
                stream.Write(bytes.Span);
            }
            catch (IOException)
            {
                // Whoever read it has read enough; the log has all of it.
            }
        }
    }
}
