namespace Rowen.Cli.Jobs.Reports;

/// <summary>Where a run begins on the report's axis.</summary>
/// <param name="Number">From 1.</param>
/// <param name="At">When it was.</param>
/// <param name="Start">Seconds on the axis.</param>
/// <param name="Length">How long it ran, in seconds.</param>
internal readonly record struct RunMark(int Number, DateTimeOffset At, double Start, double Length);
