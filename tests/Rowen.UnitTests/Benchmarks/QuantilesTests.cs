using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.UnitTests.Benchmarks;

public sealed class QuantilesTests
{
    [Theory]
    [InlineData(0.0, 1)]
    [InlineData(0.5, 50)]
    [InlineData(0.99, 99)]
    [InlineData(1.0, 100)]
    public void Quantile_is_a_sample_and_never_between_two(double share, double expected)
    {
        double[] samples = [.. Enumerable.Range(1, 100).Reverse().Select(number => (double)number)];

        Assert.Equal(expected, Quantiles.Of(samples, share));
    }

    [Fact]
    public void No_samples_have_no_median() => Assert.Throws<ArgumentException>(() => Quantiles.Median([]));
}
