using Rowen.Cli.Benchmarks.Reports;

namespace Rowen.Cli.Benchmarks.Journals;

/// <summary>Everything that one run of <c>rowen bench journal</c> measured.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Folder">On which disk.</param>
/// <param name="Seed">Decides in which order the sides took turns.</param>
/// <param name="Rows">The measurements.</param>
internal sealed record JournalReport(MachineFacts Machine, string Folder, int Seed, IReadOnlyList<JournalRow> Rows);
