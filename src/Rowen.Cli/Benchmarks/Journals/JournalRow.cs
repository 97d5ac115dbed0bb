namespace Rowen.Cli.Benchmarks.Journals;

/// <summary>What a job's journal takes, next to the same bytes written and synced in as many pieces.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Items">Records in one round.</param>
/// <param name="Bytes">Of the file.</param>
/// <param name="Commits">Times that the disk was waited for.</param>
/// <param name="Seconds">Median of the rounds.</param>
/// <param name="ItemsPerS">At that.</param>
/// <param name="FloorSeconds">Median of the floor's rounds.</param>
/// <param name="Ratio">Median of the ratios within rounds.</param>
internal sealed record JournalRow(
    string Name, int Items, long Bytes, long Commits, double Seconds, double ItemsPerS, double FloorSeconds, double Ratio);
