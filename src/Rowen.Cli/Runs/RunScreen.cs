using System.Diagnostics;
using System.Globalization;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;

namespace Rowen.Cli.Runs;

/// <summary>What people see of a run while it goes on: one line on standard error, so that standard output stays the items' own.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class RunScreen(VerbRun run, string name) : IProgress<MapProgress>
{
    private const int BarWidth = 24;
    private const string ClearLine = "\r\e[K";

    /// <summary>Nobody should stare at nothing for longer without being told why.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly bool _isTerminal = !run.IsJson && !Console.IsErrorRedirected;
    private readonly bool _isQuiet = run.IsJson;
    private long _lastMoveAt = Stopwatch.GetTimestamp();
    private string _said = string.Empty;
    private bool _isLineShown;
    private bool _isOver;

    /// <summary>Starts that came to nothing, and were made again.</summary>
    public long Retried { get; private set; }

    public void Begin(long? count, string folder)
    {
        if (!_isQuiet && count != 1)
        {
            string items = count is { } known ? $"{Units.Count(known)} items" : "items as they are read";
            run.Error.WriteLine($"{name}: {items}; follow with `rowen logs {name} -f`; kept in {folder}");
        }
    }

    public void Report(MapProgress value)
    {
        lock (_lock)
        {
            Retried = value.Retried;
            if (_isOver || _isQuiet)
            {
                return;
            }

            ExplainStandstill(value);
            if (_isTerminal)
            {
                string line = LineOf(value);
                int width = Math.Max(20, Console.WindowWidth - 1);
                run.Error.Write(ClearLine + (line.Length <= width ? line : line[..width]));
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
        string retried = value.Retried > 0 ? $", {Units.Count(value.Retried)} run again" : string.Empty;
        string rate = value.ItemsPerSecond > 0 ? string.Create(CultureInfo.InvariantCulture, $", {value.ItemsPerSecond:0.#}/s") : string.Empty;
        string left = value.TimeLeft is { } time ? $", {Units.Duration(time)} left" : string.Empty;
        string reason = value.Running == 0 && value.Reason.Length > 0 ? $": {value.Reason}" : string.Empty;
        return $"{bar}{waiting}{Units.Count(value.Running)} running, {Units.Count(value.Done)} done{failed}{retried}{rate}{left}{reason}";
    }

    private void ExplainStandstill(MapProgress value)
    {
        if (value.Running > 0 || value.Reason.Length == 0)
        {
            _lastMoveAt = Stopwatch.GetTimestamp();
        }
        else if (!_isTerminal && value.Reason != _said && Stopwatch.GetElapsedTime(_lastMoveAt) > Patience)
        {
            _said = value.Reason;
            run.Error.WriteLine($"{name}: nothing runs: {value.Reason}");
        }
    }

    private void Clear()
    {
        if (_isLineShown)
        {
            run.Error.Write(ClearLine);
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
