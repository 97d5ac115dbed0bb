using System.Globalization;
using Rowen.Cli.Output;

namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>A report on maps as people read it.</summary>
internal static class MapTable
{
    /// <summary>Writes all that was measured.</summary>
    public static void Write(TextWriter output, bool isTerminal, MapReport report)
    {
        output.WriteLine(
            $"{report.Machine.Cpu}, {report.Machine.Cores} cores, Linux {report.Machine.Kernel}, {report.Machine.Dotnet}, rowen {report.Machine.Rowen}");
        output.WriteLine($"a lease of {report.Lanes} cores, held; medians of interleaved rounds");
        output.WriteLine();
        var table = new Table("map", "items", "ms", "items/s", "floor", "floor ms", "ratio", "caller B/item", "GFLOPS", "floor GFLOPS", "goal", "reached")
        {
            Numbers = [1, 2, 3, 5, 6, 7, 8, 9],
        };
        foreach (MapRow row in report.Rows)
        {
            table.Add(
                row.Name,
                row.Items.ToString("#,0", CultureInfo.InvariantCulture),
                Number(row.Seconds * 1000),
                Number(row.ItemsPerS),
                row.Floor,
                Number(row.FloorSeconds * 1000),
                Number(row.Ratio),
                row.CallerBytesPerItem is { } bytes ? Number(bytes) : string.Empty,
                row.GigaflopsPerS is { } rate ? Number(rate) : string.Empty,
                row.FloorGigaflopsPerS is { } floorRate ? Number(floorRate) : string.Empty,
                row.Goal ?? string.Empty,
                row.Reached is { } reached ? reached ? "yes" : "no" : string.Empty);
        }

        table.Write(output, isTerminal);
    }

    private static string Number(double value) => value.ToString(value < 100 ? "0.000" : "#,0", CultureInfo.InvariantCulture);
}
