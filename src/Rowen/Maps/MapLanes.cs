using Rowen.Protocol.Errors;

namespace Rowen.Maps;

/// <summary>The lanes of one map: those of its leases, and the executor's own if a function began the map.</summary>
/// <remarks>Thread safety: any thread; <see cref="Open"/> is read without a lock.</remarks>
internal sealed class MapLanes<TIn, TOut>
{
    private readonly Lock _lock = new();
    private MapLane<TIn, TOut>[] _open = [];
    private HomeLane<TIn, TOut>? _home;
    private int _count; // that have ever been: a map may lose thousands of leases, and keeps none of them
    private string _lastLoss = string.Empty;
    private ErrorCode _lastLossCode = ErrorCode.LeaseEnded;

    /// <summary>Lanes of leases that take items.</summary>
    public MapLane<TIn, TOut>[] Open => Volatile.Read(ref _open);

    /// <summary>The executor's own; null outside of executors. Set before any lease comes.</summary>
    public HomeLane<TIn, TOut>? Home
    {
        get => Volatile.Read(ref _home);
        set => Volatile.Write(ref _home, value);
    }

    /// <summary>All that take items.</summary>
    public int OpenCount => Open.Length + (Home is { IsLost: false } ? 1 : 0);

    /// <summary>How many items they could take at once, twice over.</summary>
    public int AppetiteCount
    {
        get
        {
            long appetite = Home is null ? 0 : 2;
            foreach (MapLane<TIn, TOut> lane in Open)
            {
                appetite += 2L * lane.Depth * lane.BatchCount;
            }

            return (int)Math.Min(2 * appetite, int.MaxValue);
        }
    }

    /// <summary>Whether one has nothing to do.</summary>
    public bool HasResting
    {
        get
        {
            foreach (MapLane<TIn, TOut> lane in Open)
            {
                if (lane.LoopCount == 0)
                {
                    return true;
                }
            }

            return Home is { IsResting: true };
        }
    }

    /// <summary>Why the last lease was lost, for a map that ends because of it.</summary>
    public (ErrorCode Code, string Why) LastLoss
    {
        get
        {
            lock (_lock)
            {
                return (_lastLossCode, _lastLoss);
            }
        }
    }

    /// <summary>The lanes of one more lease.</summary>
    public MapLane<TIn, TOut>[] Add(MapRun<TIn, TOut> run, MapLease lease, Function<TIn, TOut> function, int coresPerItem)
    {
        lock (_lock)
        {
            int first = _count + (Home is null ? 0 : HomeLane<TIn, TOut>.Number + 1);
            MapLane<TIn, TOut>[] added = [.. Enumerable.Range(0, lease.Lease.Session.LaneCount / coresPerItem)
                .Select(i => new MapLane<TIn, TOut>(run, lease, function, i * coresPerItem, first + i))];
            _count += added.Length;
            _open = [.. _open, .. added];
            return added;
        }
    }

    /// <summary>The lanes of a lease take no more items.</summary>
    public void Close(MapLease lease)
    {
        lock (_lock)
        {
            foreach (MapLane<TIn, TOut> lane in _open.Where(lane => lane.Lease == lease))
            {
                lane.Close();
            }

            _open = [.. _open.Where(lane => lane.IsOpen)];
        }
    }

    /// <summary>Remembers why a lease was lost.</summary>
    /// <returns>False if that is known already.</returns>
    public bool NoteLoss(MapLease lease, ErrorCode code, string? why)
    {
        lock (_lock)
        {
            _lastLoss = why ?? lease.Lease.EndReason ?? _lastLoss;
            _lastLossCode = code;
            return lease.TryLose();
        }
    }

    /// <summary>Whether an item that needs so much memory could run on one of them.</summary>
    public bool HaveMemory(long bytes) => Array.Exists(Open, lane => lane.Lease.Lease.MemoryBytes >= bytes);

    /// <summary>Lanes that found nothing to do have ended their loops; now there is something.</summary>
    public void StartIdle()
    {
        Home?.Wake();
        foreach (MapLane<TIn, TOut> lane in Open)
        {
            if (lane.LoopCount == 0)
            {
                Start(lane);
            }
        }
    }

    /// <summary>Items that are under way alone, and since when by the stopwatch.</summary>
    public IEnumerable<(MapItem<TIn> Item, long SentAt)> Singles() =>
        Open.SelectMany(lane => lane.Loops).Select(loop => loop.Single).OfType<(MapItem<TIn> Item, long SentAt)>();

    /// <summary>What has been under way for longest.</summary>
    public MapOldest? OldestOrNone() =>
        Open.SelectMany(lane => lane.Loops).Select(loop => loop.OldestOrNone()).OfType<MapOldest>().MinBy(oldest => oldest.SentAt);

    /// <summary>Begins a loop on a lane, unless all of its loops are at work.</summary>
    public static void Start(MapLane<TIn, TOut> lane)
    {
        if (lane.BeginLoopOrNone() is { } loop)
        {
            // The first item is sent from the pool; from its answer on, the loop runs where answers are seen.
            ThreadPool.UnsafeQueueUserWorkItem(static loop => _ = loop.RunAsync(), loop, preferLocal: false);
        }
    }
}
