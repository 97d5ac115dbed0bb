using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Rowen.Functions;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;

namespace Rowen.Maps;

/// <summary>Runs items of a map in the executor whose function began it, one after the other, on a thread of its own.</summary>
/// <remarks>
/// The function's own thread waits for the map, and its core is free for this one: no lease is needed to go on. Inputs and
/// results go through their payload forms, as if they had travelled, so that it makes no difference where an item runs.
/// </remarks>
internal sealed class HomeLane<TIn, TOut>(
    MapRun<TIn, TOut> run, LeaseView lease, HomeFunction function, string name, TimeSpan deadline)
{
    /// <summary>The map wakes it when something comes; a bound, in case that it looks and leaves at the same moment.</summary>
    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly MapItem<TIn>[] _item = new MapItem<TIn>[1];
    private readonly MapResult<TOut>[] _result = new MapResult<TOut>[1];
    private volatile bool _isResting;
    private int _overdueOf; // 1: the item in hand has ended or was given up, whichever came first
    private volatile bool _isLost;

    /// <summary>Number among the map's lanes: it is the first.</summary>
    public const int Number = 0;

    /// <summary>Whether it waits for items.</summary>
    public bool IsResting => _isResting && !_isLost;

    /// <summary>Whether an item has outrun its deadline and holds the thread for good.</summary>
    public bool IsLost => _isLost;

    /// <summary>Whether it could take something that waits.</summary>
    public bool HasWork => !_isLost && (!_isResting || run.Queue.CanTake(lease.MemoryBytes));

    /// <summary>Runs until the map is over.</summary>
    public void Start() => new Thread(Run) { IsBackground = true, Name = "rowen-home" }.Start();

    /// <summary>Something has come, or the map is over.</summary>
    public void Wake()
    {
        if (_isResting)
        {
            try
            {
                _wake.Release();
            }
            catch (SemaphoreFullException)
            {
                // Somebody else has woken it.
            }
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A defect of ours must not be silence.")]
    private void Run()
    {
        try
        {
            while (!run.IsOver && !_isLost)
            {
                if (!TryRunOne())
                {
                    _isResting = true;
                    _ = _wake.Wait(Nap);
                    _isResting = false;
                }
            }
        }
        catch (Exception exception)
        {
            run.End(exception);
        }
        finally
        {
            function.Dispose();
        }
    }

    private bool TryRunOne()
    {
        if (run.Queue.Take(_item, share: 1, lease.MemoryBytes, lease.Id) == 0)
        {
            return false;
        }

        run.Began(1);
        MapItem<TIn> item = _item[0];
        if (run.Retries.TryDropCopy(item.Index))
        {
            run.Ended(1);
            return true;
        }

        Volatile.Write(ref _overdueOf, 0);
        using ITimer? timer = deadline > TimeSpan.Zero ? run.Time.CreateTimer(_ => GiveUp(item), null, deadline, Timeout.InfiniteTimeSpan) : null;
        MapResult<TOut>? result = Attempt(item);
        if (Interlocked.Exchange(ref _overdueOf, 1) == 0)
        {
            run.Ended(1);
            Deliver(result, _result);
        }

        return true;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Codecs are the user's: whatever they throw ends the item.")]
    private MapResult<TOut>? Attempt(MapItem<TIn> item)
    {
        long startedAt = Stopwatch.GetTimestamp();
        ErrorCode error;
        try
        {
            error = function.Run(PayloadCodec<TIn>.Encode(item.Value));
        }
        catch (Exception exception)
        {
            return ItemVerdicts.OfUnsendable<TOut>(item.Index, exception, Number);
        }

        TimeSpan duration = Stopwatch.GetElapsedTime(startedAt);
        run.Durations.Add(duration);
        var trouble = new ItemTrouble(error, ErrorCode.None, item.Care, TogetherCount: 1, IsAlone: false, lease.MemoryBytes);
        if (error == ErrorCode.None)
        {
            return ItemVerdicts.IsTriedAgain(run, item, function.Output, trouble) ? null : ItemVerdicts.OfAnswer<TOut>(item.Index, function.Output, lease.Id, Number, duration);
        }

        InvocationException failure = InvocationFailure.Of(error, function.Output, name, lease).ToException();
        return ItemVerdicts.Judge(run, item, trouble, failure) is { } final
            ? new MapResult<TOut>(item.Index, default!, final, Number, duration)
            : null;
    }

    /// <summary>A thread cannot be ended: the item has its failure, and this lane takes no other.</summary>
    private void GiveUp(MapItem<TIn> item)
    {
        if (Interlocked.Exchange(ref _overdueOf, 1) != 0)
        {
            return;
        }

        _isLost = true;
        run.Ended(1);
        var error = new RowenException(
            ErrorCode.DeadlineExceeded, $"'{name}' on {lease.Id} ({lease.NodeName}) was still running {deadline.TotalSeconds} s after its start.");
        Deliver(new MapResult<TOut>(item.Index, default!, error, Number, deadline), new MapResult<TOut>[1]);
        run.FailIfStranded();
    }

    [SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "This thread is the lane's own, and waits for the results' reader as any lane does.")]
    private void Deliver(MapResult<TOut>? result, MapResult<TOut>[] results)
    {
        if (result is not { } settled)
        {
            return;
        }

        results[0] = settled;
        run.DeliverAsync(results).AsTask().GetAwaiter().GetResult();
    }
}
