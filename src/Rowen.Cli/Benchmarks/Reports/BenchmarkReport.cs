namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>Everything that one run measured.</summary>
/// <param name="Machine">Where.</param>
/// <param name="CallerCore">The core to which the calling thread was pinned.</param>
/// <param name="ResponderCore">The core of the floors' responder, and the one that executors get.</param>
/// <param name="Seed">Decides in which order floor and Rowen took turns.</param>
/// <param name="Rows">Rowen next to its floors.</param>
/// <param name="Floors">Floors alone, where only they were asked for.</param>
/// <param name="Idle">What waiting costs.</param>
internal sealed record BenchmarkReport(
    MachineFacts Machine,
    int CallerCore,
    int ResponderCore,
    int Seed,
    IReadOnlyList<BenchmarkRow> Rows,
    IReadOnlyList<FloorRow> Floors,
    IReadOnlyList<IdleRow> Idle)
{
    /// <summary>The soak, where it was asked for instead of rows.</summary>
    public SoakRow? Soak { get; init; }
}
