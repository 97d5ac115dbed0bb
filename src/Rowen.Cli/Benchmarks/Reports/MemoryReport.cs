namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>Everything that one run of <c>rowen bench memory</c> measured.</summary>
/// <param name="Machine">Where.</param>
/// <param name="CallerCore">The core to which the reading and writing thread was pinned.</param>
/// <param name="Seed">Decides in which order the sides took turns.</param>
/// <param name="Rows">Remote memory next to a copy and to Redis.</param>
/// <param name="Idle">What lending costs while nobody reads or writes.</param>
/// <param name="Note">What is missing, and how to get it; empty: nothing.</param>
internal sealed record MemoryReport(
    MachineFacts Machine, int CallerCore, int Seed, IReadOnlyList<MemoryRow> Rows, IReadOnlyList<IdleRow> Idle, string Note);
