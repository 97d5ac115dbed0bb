namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>Many hot calls in a row on one lane.</summary>
/// <param name="Provider">The fabric provider.</param>
/// <param name="Bytes">Payload each way.</param>
/// <param name="Calls">How many, each result checked.</param>
/// <param name="MeanUs">The time of one, over all.</param>
/// <param name="AllocatedBytes">What the calling thread allocated meanwhile.</param>
internal sealed record SoakRow(string Provider, int Bytes, long Calls, double MeanUs, long AllocatedBytes);
