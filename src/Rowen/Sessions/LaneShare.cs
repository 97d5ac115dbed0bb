namespace Rowen.Sessions;

/// <summary>How the maps that use one lane at the same time divide its slots. Thread safety: any thread.</summary>
/// <remarks>
/// A map sends its next invocation on the thread that has seen the last one's answer: without a rule it would keep every slot
/// that it once had. So each keeps its part, and where there are more maps than slots, whoever had a turn lets others have theirs.
/// </remarks>
internal sealed class LaneShare(int slotCount)
{
    private int _userCount;
    private int _waitingCount;

    /// <summary>Slots that each of its maps may use.</summary>
    public int SlotsOfEach => Math.Max(1, slotCount / Math.Max(1, Volatile.Read(ref _userCount)));

    /// <summary>Whether somebody found no slot, and comes again.</summary>
    public bool IsWaitedFor => Volatile.Read(ref _waitingCount) > 0;

    /// <summary>A map begins to use the lane.</summary>
    public void Join() => Interlocked.Increment(ref _userCount);

    /// <summary>It has nothing more to send.</summary>
    public void Leave() => Interlocked.Decrement(ref _userCount);

    /// <summary>It found no slot.</summary>
    public void BeginWait() => Interlocked.Increment(ref _waitingCount);

    /// <summary>It looks again.</summary>
    public void EndWait() => Interlocked.Decrement(ref _waitingCount);
}
