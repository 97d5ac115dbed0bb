using System.Globalization;
using Spectre.Console;

namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>A report as people read it.</summary>
internal static class BenchmarkTables
{
    private const int FileWidth = 160;

    /// <summary>Writes all that was measured.</summary>
    /// <param name="output">Where to; colors and the terminal's width only if it is one.</param>
    /// <param name="isTerminal">Whether it is.</param>
    /// <param name="report">What was measured.</param>
    public static void Write(TextWriter output, bool isTerminal, BenchmarkReport report)
    {
        IAnsiConsole console = CreateConsole(output, isTerminal);
        WriteMachine(console, report.Machine);
        console.MarkupLineInterpolated($"[grey]caller on core {report.CallerCore}, executor and floors' responder on core {report.ResponderCore}; medians of interleaved rounds (seed {report.Seed})[/]");
        console.MarkupLineInterpolated($"[grey]fabrics that lanes choose by themselves: {report.Machine.Fabrics}[/]");
        WriteIfAny(console, Rows(report.Rows));
        WriteIfAny(console, Floors(report.Floors));
        WriteIfAny(console, Idle(report.Idle));
        if (report.Soak is { } soak)
        {
            console.MarkupLineInterpolated($"{soak.Calls:#,0} hot calls of {soak.Bytes} bytes over {soak.Provider}: {soak.MeanUs:0.000} µs each, {soak.AllocatedBytes} bytes allocated by the caller");
        }
    }

    /// <summary>Writes what was measured of remote memory.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="isTerminal">Whether it is one.</param>
    /// <param name="report">What was measured.</param>
    public static void Write(TextWriter output, bool isTerminal, MemoryReport report)
    {
        IAnsiConsole console = CreateConsole(output, isTerminal);
        WriteMachine(console, report.Machine);
        console.MarkupLineInterpolated($"[grey]caller on core {report.CallerCore}; medians of interleaved rounds (seed {report.Seed})[/]");
        WriteIfAny(console, Memory(report.Rows));
        WriteIfAny(console, Idle(report.Idle));
        if (report.Note.Length > 0)
        {
            console.MarkupLineInterpolated($"{report.Note}");
        }
    }

    private static Table Memory(IReadOnlyList<MemoryRow> rows)
    {
        Table table = Create("what", "bytes", "copy µs", "Redis µs", "raw µs", "Rowen µs", "p99 µs", "GB/s", "of copy", "of Redis", "of raw", "goal", string.Empty);
        foreach (MemoryRow row in rows)
        {
            table.AddRow(
                Markup.Escape($"{row.Mode} {row.Provider}"),
                Size(row.Bytes),
                Time(row.CopyUs),
                row.RedisUs is { } redis ? Time(redis) : "-",
                row.RawUs is { } raw ? Time(raw) : "-",
                Time(row.MedianUs),
                Time(row.P99Us),
                row.GigabytesPerSecond.ToString("0.00", CultureInfo.InvariantCulture),
                row.CopyRatio.ToString("0.00×", CultureInfo.InvariantCulture),
                row.RedisRatio?.ToString("0.0×", CultureInfo.InvariantCulture) ?? "-",
                row.RawRatio?.ToString("0.00×", CultureInfo.InvariantCulture) ?? "-",
                Markup.Escape(row.Goal),
                Mark(row.Reached));
        }

        return table;
    }

    /// <summary>Rowen next to its floors.</summary>
    public static Table Rows(IReadOnlyList<BenchmarkRow> rows)
    {
        Table table = Create("what", "bytes", "floor µs", "Rowen µs", "p99 µs", "ratio", "goal", string.Empty);
        foreach (BenchmarkRow row in rows)
        {
            table.AddRow(
                Name(row),
                Markup.Escape(Size(row.Bytes)),
                Time(row.FloorUs),
                Time(row.MedianUs),
                Time(row.P99Us),
                row.Ratio.ToString("0.00×", CultureInfo.InvariantCulture),
                Markup.Escape(row.Goal ?? string.Empty),
                Mark(row.Reached));
        }

        return table;
    }

    private static IAnsiConsole CreateConsole(TextWriter output, bool isTerminal)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = InteractionSupport.No,
        });
        if (!isTerminal)
        {
            console.Profile.Width = FileWidth;
        }

        return console;
    }

    private static void WriteMachine(IAnsiConsole console, MachineFacts machine) => console.MarkupLineInterpolated(
        $"[grey]{machine.Cpu}, {machine.Cores} cores, Linux {machine.Kernel}, {machine.Dotnet}, rowen {machine.Rowen}[/]");

    private static Table Floors(IReadOnlyList<FloorRow> rows)
    {
        Table table = Create("floor", "bytes", "median µs", "p99 µs");
        foreach (FloorRow row in rows)
        {
            table.AddRow(Markup.Escape(row.Floor), Size(row.Bytes), Time(row.MedianUs), Time(row.P99Us));
        }

        return table;
    }

    private static Table Idle(IReadOnlyList<IdleRow> rows)
    {
        Table table = Create("idle", "seconds", "% of a core", "goal", string.Empty);
        foreach (IdleRow row in rows)
        {
            table.AddRow(
                Markup.Escape(row.What),
                row.Seconds.ToString("0.0", CultureInfo.InvariantCulture),
                row.CorePercent.ToString("0.00", CultureInfo.InvariantCulture),
                Markup.Escape(row.Goal),
                Mark(row.Reached));
        }

        return table;
    }

    private static Table Create(params string[] columns)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (string column in columns)
        {
            bool isText = column is "what" or "floor" or "idle" or "goal" or "";
            table.AddColumn(new TableColumn(Markup.Escape(column)) { Alignment = isText ? Justify.Left : Justify.Right, NoWrap = true });
        }

        return table;
    }

    private static void WriteIfAny(IAnsiConsole console, Table table)
    {
        if (table.Rows.Count > 0)
        {
            console.Write(table);
        }
    }

    private static string Name(BenchmarkRow row)
    {
        string name = row.Provider == "-" ? row.Mode : $"{row.Mode} {row.Provider}";
        return row.CallsPerSecond is { } rate
            ? Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"{name} ({rate / 1e6:0.00} of {row.FloorCallsPerSecond / 1e6:0.00} M/s)"))
            : row.CodeLoadUs is { } load
                ? Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"{name} (code load {load / 1000:0.0} ms)"))
                : Markup.Escape(name);
    }

    private static string Time(double us) => us switch
    {
        < 10 => us.ToString("0.00", CultureInfo.InvariantCulture),
        < 1000 => us.ToString("0.0", CultureInfo.InvariantCulture),
        _ => us.ToString("#,0", CultureInfo.InvariantCulture),
    };

    private static string Size(int bytes) => bytes switch
    {
        0 => "-",
        >= 1 << 20 when bytes % (1 << 20) == 0 => $"{bytes >> 20} Mi",
        >= 1 << 10 when bytes % (1 << 10) == 0 => $"{bytes >> 10} Ki",
        _ => bytes.ToString(CultureInfo.InvariantCulture),
    };

    private static string Mark(bool? isReached) => isReached switch
    {
        true => "[green]✓[/]",
        false => "[red]✗[/]",
        null => string.Empty,
    };
}
