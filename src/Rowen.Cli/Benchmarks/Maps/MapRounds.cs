using System.Diagnostics;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Maps;

/// <summary>Rounds in which a map and its floor took turns.</summary>
internal sealed class MapRounds
{
    private readonly List<(double Floor, double Rowen)> _seconds = [];

    /// <summary>The last round's allocations of this process, beyond what was said to be input and results.</summary>
    public double AllocatedBytes { get; private set; }

    public double Seconds => Quantiles.Median(_seconds.Select(round => round.Rowen));

    public double FloorSeconds => Quantiles.Median(_seconds.Select(round => round.Floor));

    public double Ratio => Quantiles.Median(_seconds.Select(round => round.Rowen / round.Floor));

    /// <summary>Measures both sides so many times.</summary>
    /// <param name="warmUps">Rounds before, that do not count.</param>
    /// <param name="count">Rounds that do.</param>
    /// <param name="floor">Runs the floor once.</param>
    /// <param name="rowen">Runs the map once.</param>
    /// <param name="resultBytes">What the map allocates anyway, for its results.</param>
    public static Task<MapRounds> OfAsync(int warmUps, int count, Func<Task> floor, Func<Task> rowen, long resultBytes = 0) =>
        OfTimedAsync(warmUps, count, () => TimeAsync(floor), () => TimeAsync(rowen), resultBytes);

    /// <summary>The same for sides that say themselves how many seconds count.</summary>
    public static async Task<MapRounds> OfTimedAsync(
        int warmUps, int count, Func<Task<double>> floor, Func<Task<double>> rowen, long resultBytes = 0)
    {
        var rounds = new MapRounds();
        for (int i = 0; i < warmUps + count; i++)
        {
            double floorSeconds = await floor();
            long before = GC.GetTotalAllocatedBytes(precise: true);
            double seconds = await rowen();
            rounds.AllocatedBytes = Math.Max(0, GC.GetTotalAllocatedBytes(precise: true) - before - resultBytes);
            if (i >= warmUps)
            {
                rounds._seconds.Add((floorSeconds, seconds));
            }
        }

        return rounds;
    }

    /// <summary>Sums up.</summary>
    public MapRow ToRow(string name, long items, string floor, (string Text, Func<MapRow, bool> IsReached)? goal, bool hasMemory = false)
    {
        var row = new MapRow
        {
            Name = name,
            Items = items,
            Seconds = Math.Round(Seconds, 9),
            ItemsPerS = Math.Round(items / Seconds),
            Floor = floor,
            FloorSeconds = Math.Round(FloorSeconds, 9),
            Ratio = Math.Round(Ratio, 3),
            CallerBytesPerItem = hasMemory ? Math.Round(AllocatedBytes / items, 2) : null,
            Rounds = _seconds.Count,
            Goal = goal?.Text,
        };
        return row with { Reached = goal?.IsReached(row) };
    }

    private static async Task<double> TimeAsync(Func<Task> side)
    {
        long startedAt = Stopwatch.GetTimestamp();
        await side();
        return Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
    }
}
