namespace Rowen.Cli.Benchmarks.Rounds;

/// <summary>Order statistics of samples.</summary>
internal static class Quantiles
{
    private const int Digits = 4; // a tenth of a nanosecond

    public static double Median(IEnumerable<double> samples) => Of(samples, 0.5);

    /// <summary>The sample below which a share of all lies: the nearest rank, never an interpolation.</summary>
    /// <param name="samples">At least one.</param>
    /// <param name="share">From 0 to 1.</param>
    public static double Of(IEnumerable<double> samples, double share)
    {
        double[] sorted = [.. samples.Order()];
        return sorted.Length > 0
            ? Math.Round(sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)], Digits)
            : throw new ArgumentException("There is no quantile of no samples.", nameof(samples));
    }
}
