using Rowen.Cli.Benchmarks.Reports;

namespace Rowen.Cli.Benchmarks.Commands;

/// <summary>Commands as items, next to <c>xargs</c>: medians over rounds in which both took turns.</summary>
/// <param name="Name">What ran.</param>
/// <param name="Items">How often in a round.</param>
/// <param name="Seconds">One round of Rowen, from the call until all results are there; leases included.</param>
/// <param name="SlowestSeconds">Its slowest round.</param>
/// <param name="ItemsPerS">The rate that this is.</param>
/// <param name="Floor">What the floor is.</param>
/// <param name="FloorSeconds">One round of it.</param>
/// <param name="Ratio">Rowen over the floor: the median of the ratios within rounds.</param>
/// <param name="Rounds">How many.</param>
/// <param name="Goal">What is to be reached.</param>
/// <param name="Reached">Whether it was.</param>
internal sealed record CommandRow(
    string Name,
    int Items,
    double Seconds,
    double SlowestSeconds,
    double ItemsPerS,
    string Floor,
    double FloorSeconds,
    double Ratio,
    int Rounds,
    string Goal,
    bool Reached)
{
    /// <summary>As a row of <c>rowen bench map</c>.</summary>
    public MapRow ToMapRow() => new()
    {
        Name = $"commands, {Name}",
        Items = Items,
        Seconds = Seconds,
        ItemsPerS = ItemsPerS,
        Floor = Floor,
        FloorSeconds = FloorSeconds,
        Ratio = Math.Round(Ratio, 3),
        Rounds = Rounds,
        Goal = Goal,
        Reached = Reached,
    };
}

/// <summary>What <c>rowen bench commands</c> prints.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Rows">What was measured.</param>
internal sealed record CommandBenchmarkReport(MachineFacts Machine, IReadOnlyList<CommandRow> Rows);
