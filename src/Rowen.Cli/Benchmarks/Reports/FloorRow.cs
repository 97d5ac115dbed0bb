namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>What this machine can do without Rowen.</summary>
internal sealed record FloorRow(string Floor, int Bytes, double MedianUs, double P99Us, int Rounds);
