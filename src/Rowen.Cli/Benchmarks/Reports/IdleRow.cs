namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>Processor time that something takes while nothing is asked of it.</summary>
/// <param name="What">Who was watched.</param>
/// <param name="Seconds">For how long.</param>
/// <param name="CorePercent">Processor time over that time, in percent of one core.</param>
/// <param name="Goal">What is to be reached.</param>
/// <param name="Reached">Whether it was.</param>
internal sealed record IdleRow(string What, double Seconds, double CorePercent, string Goal, bool Reached);
