namespace Rowen.Maps;

/// <summary>How many items go into one invocation of a lane, from how long they take and how large they are. Decides; performs nothing.</summary>
/// <remarks>
/// An invocation costs the same for one item as for a hundred: items of microseconds go together, so that the cost for
/// each vanishes. Longer ones never do: what waits behind another item could run elsewhere. Not thread-safe: a lost
/// update costs nothing but a little precision.
/// </remarks>
internal sealed class BatchSize(int slotBytes)
{
    /// <summary>Most items of one invocation: a cost of microseconds for each invocation is nanoseconds for each item then.</summary>
    public const int Max = 1024;

    /// <summary>How long one invocation should take: a hundred times what it costs, and short next to what people notice.</summary>
    private static readonly TimeSpan Target = TimeSpan.FromMicroseconds(400);

    /// <summary>An item that was away for longer may be a long one; an idle executor is woken in less.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromMicroseconds(500);

    private const int FirstBatch = 4;
    private const int MaxGrowth = 8;
    private const double Weight = 0.5;

    private double _itemNs = -1;
    private double _itemBytes;

    /// <summary>How many items the next invocation may have, from 1.</summary>
    public int Wanted { get; private set; } = 1;

    /// <summary>An invocation of one item has come back.</summary>
    /// <param name="interval">Since it was sent, or since the lane's previous answer, whichever is shorter.</param>
    /// <param name="bytes">Of input or result, whichever has more.</param>
    public void AnsweredOne(TimeSpan interval, long bytes)
    {
        if (interval > Short)
        {
            Wanted = 1;
            _itemNs = -1; // what was measured before says nothing of what comes
        }
        else if (Wanted == 1)
        {
            Note(ref _itemBytes, bytes);
            Wanted = Math.Min(FirstBatch, FittingCount());
        }
    }

    /// <summary>An invocation of several items has come back.</summary>
    /// <param name="count">How many of them were run.</param>
    /// <param name="elapsedNs">What they took at the executor.</param>
    /// <param name="bytes">Of all inputs or all results, whichever are more.</param>
    public void AnsweredSeveral(int count, long elapsedNs, long bytes)
    {
        count = Math.Max(count, 1);
        Note(ref _itemNs, (double)elapsedNs / count);
        Note(ref _itemBytes, (double)bytes / count);
        int byTime = (int)Math.Clamp(Target.TotalNanoseconds / Math.Max(_itemNs, 1), 1, Max);
        Wanted = Math.Max(1, Math.Min(Math.Min(byTime, Wanted * MaxGrowth), FittingCount()));
    }

    private static void Note(ref double average, double value) => average = average <= 0 ? value : average + (Weight * (value - average));

    private int FittingCount() => (int)Math.Clamp(slotBytes / (_itemBytes + Protocol.Invocations.ItemBatch.ItemHeadBytes), 1, Max);
}
