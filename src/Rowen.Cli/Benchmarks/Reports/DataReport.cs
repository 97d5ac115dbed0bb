namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>Everything that one run of <c>rowen bench data</c> measured.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Seed">Decides the bytes, and in which order the sides took turns.</param>
/// <param name="Rows">Stores and words next to their floors.</param>
/// <param name="Note">What is missing, and how to get it; empty: nothing.</param>
internal sealed record DataReport(MachineFacts Machine, int Seed, IReadOnlyList<DataRow> Rows, string Note);
