using System.Globalization;
using Rowen.Cli.Output;

namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>A report on fabrics as people read it.</summary>
internal static class FabricTables
{
    /// <summary>Writes all that was measured.</summary>
    public static void Write(TextWriter output, bool isTerminal, FabricReport report)
    {
        output.WriteLine(
            $"{report.Machine.Cpu}, {report.Machine.Cores} cores, Linux {report.Machine.Kernel}, {report.Machine.Dotnet}, "
            + $"rowen {report.Machine.Rowen}, libfabric {report.Libfabric ?? "absent"}");
        output.WriteLine($"callers on core {report.CallerCore}, responders on core {report.ResponderCore}; medians of interleaved rounds (seed {report.Seed})");
        output.WriteLine($"fabrics that lanes choose by themselves: {report.Machine.Fabrics}");
        output.WriteLine();
        Measured(report.Rows).Write(output, isTerminal);
        foreach (IGrouping<(string Fabric, string Note), FabricRow> note in report.Rows
            .Where(row => row.Note is not null).GroupBy(row => (row.Fabric, row.Note!)))
        {
            output.WriteLine($"{note.Key.Fabric}: {note.Key.Note}");
        }
    }

    private static Table Measured(IReadOnlyList<FabricRow> rows)
    {
        var table = new Table("fabric", "mode", "bytes", "floor µs", "µs", "p99 µs", "ratio", "floor GB/s", "GB/s", "goal", "reached")
        {
            Numbers = [2, 3, 4, 5, 6, 7, 8],
            WhenEmpty = "Nothing could be measured.",
        };
        foreach (FabricRow row in rows.Where(row => row.MedianUs is not null))
        {
            table.Add(
                row.Fabric, row.Mode!, row.Bytes!.Value.ToString(CultureInfo.InvariantCulture), Number(row.FloorUs), Number(row.MedianUs),
                Number(row.P99Us), Number(row.Ratio), Number(row.FloorGigabytesPerSecond), Number(row.GigabytesPerSecond), row.Goal ?? string.Empty,
                row.Reached is { } reached ? reached ? "yes" : "no" : string.Empty);
        }

        return table;
    }

    private static string Number(double? value) => value?.ToString(value < 100 ? "0.00" : "#,0.0", CultureInfo.InvariantCulture) ?? string.Empty;
}
