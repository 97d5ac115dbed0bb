using Rowen.Cli.Benchmarks.Rounds;

namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>What a row is to reach: the promises of docs/benchmarks, as a sentence and as a check.</summary>
/// <param name="Text">For people.</param>
/// <param name="IsReachedBy">Judges the rounds.</param>
internal sealed record Goal(string Text, Func<PairedRounds, bool> IsReachedBy)
{
    private const int SmallBytes = 4096;

    public static Goal LeaseAndRelease { get; } =
        new("≤ 2 fsyncs + 1 ms", rounds => rounds.MedianUs <= (2 * rounds.FloorUs) + 1000);

    public static Goal ColdFromPool { get; } = new("≤ 10 ms", rounds => rounds.MedianUs <= 10_000);

    public static Goal ColdStart { get; } =
        new("≤ 2 × an empty program + 30 ms", rounds => rounds.MedianUs <= (2 * rounds.FloorUs) + 30_000);

    public static Goal Stream { get; } = new("≥ 0.60 × its rate", rounds => 1 / rounds.Ratio >= 0.6);

    public static Goal Warm { get; } = AtMost(1.2);

    /// <summary>Calls of a lambda that the executor knows, in comparison with a function by its name.</summary>
    public static Goal Lambda { get; } = AtMost(3);

    /// <summary>What the fabric <c>ofi</c> is to reach in comparison with libfabric from C.</summary>
    public static Goal Libfabric(string mode) => mode switch
    {
        "hot" => AtMost(1.10),
        "warm" => Warm,
        _ => new Goal("≥ 0.90 × its rate", rounds => 1 / rounds.Ratio >= 0.9),
    };

    /// <summary>Hot calls: what was promised depends on provider and size.</summary>
    public static Goal? HotOrNone(string provider, int bytes) => (provider, bytes <= SmallBytes) switch
    {
        ("shm", true) => new Goal("≤ 1.25× or + 0.15 µs; < 2 µs", IsHotAndSmall),
        ("shm", false) => AtMost(1.15),
        ("tcp", true) => AtMost(1.15),
        ("ofi", _) => AtMost(1.10),
        _ => null,
    };

    private static Goal AtMost(double ratio) => new(FormattableString.Invariant($"≤ {ratio:0.00}×"), rounds => rounds.Ratio <= ratio);

    private static bool IsHotAndSmall(PairedRounds rounds) =>
        (rounds.Ratio <= 1.25 || rounds.DistanceUs <= 0.15) && rounds.MedianUs < 2;
}
