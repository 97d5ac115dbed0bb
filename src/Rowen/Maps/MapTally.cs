using Rowen.Protocol.Errors;

namespace Rowen.Maps;

/// <summary>How many items of a map are under way, done and failed, and of what they failed. Thread safety: any thread.</summary>
internal sealed class MapTally
{
    private readonly MapFailures _failures = new();
    private long _done;
    private long _failed;
    private int _running;

    public long Done => Interlocked.Read(ref _done);

    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Items that are under way.</summary>
    public int Running => Math.Max(0, Volatile.Read(ref _running));

    public void Began(int count) => Interlocked.Add(ref _running, count);

    public void Ended(int count) => Interlocked.Add(ref _running, -count);

    /// <summary>Counts results.</summary>
    public void Add<TOut>(ReadOnlySpan<MapResult<TOut>> results)
    {
        int failed = 0;
        foreach (ref readonly MapResult<TOut> result in results)
        {
            failed += result.Error is null ? 0 : 1;
        }

        Interlocked.Add(ref _failed, failed);
        Interlocked.Add(ref _done, results.Length - failed);
    }

    /// <summary>Remembers a failure, to be grouped with those like it.</summary>
    public void Note(long index, RowenException error) => _failures.Add(new MapFailure(index, error));

    /// <summary>What a map that ends with its first failure ends with.</summary>
    public MapException FirstFailure()
    {
        Interlocked.Increment(ref _failed);
        return _failures.ToExceptionOrNone(1, Done)!;
    }

    /// <summary>What a map ends with that collects its failures; null if there are none.</summary>
    public MapException? ToExceptionOrNone() => _failures.ToExceptionOrNone(Failed, Done);
}
