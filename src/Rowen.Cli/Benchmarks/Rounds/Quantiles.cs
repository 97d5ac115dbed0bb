namespace Rowen.Cli.Benchmarks.Rounds;

/// <summary>Order statistics of samples.</summary>
internal static class Quantiles
{
    private const int SignificantDigits = 5; // of ratios as of times: a ten-thousandth of a floor is not none

    public static double Median(IEnumerable<double> samples) => Of(samples, 0.5);

    /// <summary>The sample below which a share of all lies: the nearest rank, never an interpolation.</summary>
    /// <param name="samples">At least one.</param>
    /// <param name="share">From 0 to 1.</param>
    public static double Of(IEnumerable<double> samples, double share)
    {
        double[] sorted = [.. samples.Order()];
        return sorted.Length > 0
            ? Rounded(sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)])
            : throw new ArgumentException("There is no quantile of no samples.", nameof(samples));
    }

    private static double Rounded(double sample) => sample == 0
        ? 0
        : Math.Round(sample, Math.Clamp(SignificantDigits - 1 - (int)Math.Floor(Math.Log10(Math.Abs(sample))), 0, 15));
}
