namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>Everything that one run of <c>rowen bench map</c> measured.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Lanes">Cores of the lease.</param>
/// <param name="Rows">Maps next to their floors.</param>
internal sealed record MapReport(MachineFacts Machine, int Lanes, IReadOnlyList<MapRow> Rows);
