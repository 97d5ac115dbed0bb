namespace Rowen.Cli.Benchmarks.Rounds;

/// <summary>How many calls a round makes, and how it times them; floor and Rowen follow the same plan.</summary>
/// <param name="WarmUpCount">Calls before the first that counts: wakes who sleeps, and warms caches.</param>
/// <param name="BatchCount">Batches, each timed as a whole: the median comes from them.</param>
/// <param name="BatchCalls">Calls of a batch: enough that reading the clock costs nothing in comparison.</param>
/// <param name="SingleCount">Calls that are timed one by one: the tail comes from them.</param>
/// <param name="Pause">Sleep before each call; zero for none.</param>
internal sealed record RoundPlan(int WarmUpCount, int BatchCount, int BatchCalls, int SingleCount, TimeSpan Pause)
{
    private const double BatchUs = 4; // reading the clock twice costs 0.04 us: one percent
    private const int MaxBatchCalls = 64;

    public int TotalCount => WarmUpCount + (BatchCount * BatchCalls) + SingleCount;

    /// <summary>A plan for calls back to back.</summary>
    /// <param name="estimateUs">What one call takes, roughly.</param>
    /// <param name="round">How long the round is to take.</param>
    public static RoundPlan BackToBack(double estimateUs, TimeSpan round)
    {
        int batchCalls = Math.Clamp((int)Math.Ceiling(BatchUs / estimateUs), 1, MaxBatchCalls);
        int half = Math.Max((int)(round.TotalMicroseconds / 2 / estimateUs), 5);
        return new RoundPlan(
            WarmUpCount: Math.Clamp(half / 2, 5, 500),
            BatchCount: Math.Max(half / batchCalls, 5),
            BatchCalls: batchCalls,
            SingleCount: half,
            Pause: TimeSpan.Zero);
    }

    /// <summary>A plan for calls with a sleep before each.</summary>
    public static RoundPlan Paused(int count, TimeSpan pause) => new(WarmUpCount: 5, 0, 1, count, pause);
}
