namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>Everything that one run of <c>rowen bench fabric</c> measured.</summary>
/// <param name="Machine">Where.</param>
/// <param name="CallerCore">The core of those who call.</param>
/// <param name="ResponderCore">The core of those who answer.</param>
/// <param name="Seed">Decides in which order floor and Rowen took turns.</param>
/// <param name="Libfabric">Version of libfabric's interface; null where there is none.</param>
/// <param name="Rows">The fabrics next to their floors.</param>
internal sealed record FabricReport(
    MachineFacts Machine, int CallerCore, int ResponderCore, int Seed, string? Libfabric, IReadOnlyList<FabricRow> Rows);
