using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Rowen.Functions;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;
using Rowen.Sessions;

namespace Rowen.Maps;

/// <summary>Keeps one invocation under way on a lane until nothing is left for it: one item, or several short ones.</summary>
/// <remarks>
/// An invocation's answer is taken, and the next one sent, on the thread that polls the lane: a map of short items costs
/// no change of threads. Its buffers are used again: an item costs the caller no memory but its result.
/// </remarks>
[SuppressMessage("Design", "CA1031", Justification = "Codecs are the user's: whatever they throw ends the item.")]
internal sealed class MapLoop<TIn, TOut>(MapRun<TIn, TOut> run, MapLane<TIn, TOut> lane)
{
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(1);

    private MapItem<TIn>[] _items = new MapItem<TIn>[1];
    private MapResult<TOut>[] _results = new MapResult<TOut>[1];
    private byte[] _payload = [];
    private int _count;
    private int _resultCount;
    private int _payloadBytes;
    private long _sentAt;
    private int _isActive;

    /// <summary>What is under way alone, if anything is: the item, and since when by the stopwatch.</summary>
    public (MapItem<TIn> Item, long SentAt)? Single => Volatile.Read(ref _sentAt) is not 0 and long sentAt && _count == 1 ? (_items[0], sentAt) : null;

    /// <summary>Since when something is under way, by the stopwatch; 0 if nothing is.</summary>
    public long SentAt => Volatile.Read(ref _sentAt);

    public bool TryBegin() => Interlocked.Exchange(ref _isActive, 1) == 0;

    /// <summary>Runs until there is nothing to do here.</summary>
    public async Task RunAsync()
    {
        bool mayGoOn = true;
        while (mayGoOn && lane.IsOpen && !run.IsOver && TryTake())
        {
            _resultCount = 0;
            bool isBusy = false;
            try
            {
                switch (Send(out ValueTask<Reply> pending))
                {
                    case MapStart.Started:
                        Settle(await pending.ConfigureAwait(false));
                        break;
                    case MapStart.NoSlot:
                        isBusy = true;
                        break;
                    default:
                        break; // nothing could be sent: every item has its error
                }
            }
            catch (Exception exception)
            {
                run.End(exception); // a defect of ours must not be silence
            }

            Volatile.Write(ref _sentAt, 0);
            EndInvocation();
            mayGoOn = isBusy ? await PauseAsync().ConfigureAwait(false) : await DeliverAsync().ConfigureAwait(false);
        }

        Clear();
        Volatile.Write(ref _isActive, 0);
        lane.LoopEnds();
        run.LoopEnded(lane);
    }

    private bool TryTake()
    {
        MapLease lease = lane.Lease;
        long memoryBytes = lease.Lease.MemoryBytes;
        if (run.Queue.HasIsolated)
        {
            if (!lease.TryBeginAlone())
            {
                return false; // whoever ends last here comes by again
            }

            if (run.Queue.TryTakeIsolated(out _items[0]))
            {
                _count = 1;
                run.Began(1);
                return true;
            }

            EndOnLease();
        }

        if (!lease.TryBegin())
        {
            return false;
        }

        int wanted = lane.BatchCount;
        if (wanted == 1 && lane.LoopCount > 1 && run.IsNearEnd)
        {
            EndOnLease();
            return false;
        }

        if (_items.Length < wanted)
        {
            _items = new MapItem<TIn>[wanted];
        }

        _count = run.Queue.Take(_items.AsSpan(0, wanted), run.Shares(lane.Depth), memoryBytes);
        if (_count == 0)
        {
            EndOnLease();
            return false;
        }

        run.Began(_count);
        return true;
    }

    private void EndInvocation()
    {
        run.Ended(_count);
        EndOnLease();
    }

    private void EndOnLease()
    {
        if (lane.Lease.End())
        {
            run.KickIdleLanes();
        }
    }

    /// <summary>Another user of the lease holds all slots of this lane; one loop stays to wait for them.</summary>
    private async Task<bool> PauseAsync()
    {
        if (lane.LoopCount > 1)
        {
            return false;
        }

        await Task.Delay(BusyPause, run.Time).ConfigureAwait(false);
        return true;
    }

    private async ValueTask<bool> DeliverAsync()
    {
        int admitted = run.Admit(_results.AsSpan(0, _resultCount));
        if (admitted > 0)
        {
            ValueTask adding = run.Sink.AddAsync(_results.AsMemory(0, admitted));
            if (!adding.IsCompletedSuccessfully)
            {
                await adding.ConfigureAwait(false);
            }

            run.Delivered(_results.AsSpan(0, admitted)); // after: whoever counts to the end reads the results
        }

        return AdjustLoops();
    }

    /// <summary>Starts another loop here, on the polling thread, or lets this one go.</summary>
    private bool AdjustLoops()
    {
        if (lane.WantsFewer && lane.LoopCount > 1)
        {
            return false;
        }

        if (lane.WantsMore && !run.IsOver && run.HasItemsFor(lane))
        {
            _ = lane.BeginLoopOrNone()?.RunAsync();
        }

        return true;
    }

    private MapStart Send(out ValueTask<Reply> pending)
    {
        return _count == 1 ? SendOne(out pending) : SendSeveral(out pending);
    }

    private MapStart SendOne(out ValueTask<Reply> pending)
    {
        pending = default;
        _payloadBytes = 0;
        MapItem<TIn> item = _items[0];
        if (run.Retries.IsSettled(item.Index))
        {
            _ = run.Retries.TryClaim(item.Index); // the copy of an item that has its result by now
            return MapStart.Failed;
        }

        try
        {
            Volatile.Write(ref _sentAt, Stopwatch.GetTimestamp());
            if (lane.TryStart(item.Value, run.Invocation, out pending))
            {
                return MapStart.Started;
            }
        }
        catch (Exception exception)
        {
            AddUnsendable(item, exception);
            return MapStart.Failed;
        }

        run.Queue.GiveBack(item);
        return MapStart.NoSlot;
    }

    private MapStart SendSeveral(out ValueTask<Reply> pending)
    {
        pending = default;
        Encode();
        if (_count == 0)
        {
            return MapStart.Failed;
        }

        Volatile.Write(ref _sentAt, Stopwatch.GetTimestamp());
        if (lane.TryStartBatch(_payload.AsSpan(0, _payloadBytes), _count, run.Invocation, out pending))
        {
            return MapStart.Started;
        }

        GiveBackFrom(0);
        return MapStart.NoSlot;
    }

    /// <summary>Writes as many items as fit; the others go back, and those that cannot travel have their error.</summary>
    private void Encode()
    {
        if (_payload.Length == 0)
        {
            _payload = new byte[lane.SlotBytes];
        }

        int taken = _count;
        int kept = 0;
        _payloadBytes = ItemBatch.HeadBytes;
        for (int i = 0; i < taken; i++)
        {
            MapItem<TIn> item = _items[i];
            bool fits;
            try
            {
                fits = ItemBatch.TryAdd(_payload, ref _payloadBytes, PayloadCodec<TIn>.Encode(item.Value));
            }
            catch (Exception exception)
            {
                AddUnsendable(item, exception);
                continue;
            }

            if (!fits)
            {
                GiveBack(item, kept == 0 ? ItemCare.Alone : item.Care); // too large for any batch
                continue;
            }

            _items[kept++] = item;
        }

        run.Ended(taken - kept);
        _count = kept;
    }

    private void GiveBack(MapItem<TIn> item, ItemCare care)
    {
        run.Queue.GiveBack(item with { Care = care });
    }

    private void GiveBackFrom(int first)
    {
        for (int i = first; i < _count; i++)
        {
            run.Queue.GiveBack(_items[i]);
        }
    }

    private void Settle(Reply reply)
    {
        long now = Stopwatch.GetTimestamp();
        TimeSpan duration = Stopwatch.GetElapsedTime(_sentAt, now);
        TimeSpan interval = lane.Answered(_sentAt, now);
        run.Durations.Add(interval / _count);
        try
        {
            if (reply.Error != ErrorCode.None)
            {
                SettleFailure(reply, duration);
            }
            else if (_count == 1 && _payloadBytes == 0)
            {
                AddResult(_items[0], ErrorCode.None, reply.Payload, duration);
                lane.Batch.AnsweredOne(interval, reply.Payload.Length);
            }
            else
            {
                SettleBatch(reply.Payload, duration);
            }
        }
        finally
        {
            reply.Release();
            _payloadBytes = 0;
        }
    }

    private void SettleBatch(ReadOnlySpan<byte> payload, TimeSpan duration)
    {
        int offset = ItemBatch.HeadBytes;
        int count = 0;
        while (count < _count && ItemBatch.TryRead(payload, ref offset, out ErrorCode error, out ReadOnlySpan<byte> bytes))
        {
            AddResult(_items[count++], error, bytes, duration);
        }

        lane.Batch.AnsweredSeveral(count, ItemBatch.ElapsedNs(payload), Math.Max(payload.Length, _payloadBytes));
        GiveBackFrom(count); // the executor stopped early: it has not begun these
        if (count < _count)
        {
            run.KickIdleLanes();
        }
    }

    /// <summary>The invocation as a whole came to nothing.</summary>
    private void SettleFailure(Reply reply, TimeSpan duration)
    {
        Lease lease = lane.Lease.Lease;
        ErrorCode loss = lease.Session.Loss?.Code ?? ErrorCode.None;
        InvocationException failure = lane.Function.FailureOf(reply);
        for (int i = 0; i < _count; i++)
        {
            MapItem<TIn> item = _items[i];
            var trouble = new ItemTrouble(reply.Error, loss, item.Care, _count, IsAlone(item), lease.MemoryBytes);
            Judge(item, trouble, failure, duration);
        }

        lane.Batch.AnsweredOne(TimeSpan.MaxValue, 0);
        if (ItemRetries.IsNotStarted(reply.Error) || reply.Error == ErrorCode.Unknown)
        {
            run.Lose(lane.Lease, loss == ErrorCode.None ? reply.Error : loss, reply.Call.Why); // an executor refuses when its lease ends; the lease itself may tell later
        }
    }

    private bool IsAlone(MapItem<TIn> item) => item.Care == ItemCare.Isolated || lane.Lease.Lease.Session.LaneCount == 1;

    private void AddResult(MapItem<TIn> item, ErrorCode error, ReadOnlySpan<byte> payload, TimeSpan duration)
    {
        if (error != ErrorCode.None)
        {
            var trouble = new ItemTrouble(error, ErrorCode.None, item.Care, TogetherCount: 1, IsAlone(item), lane.Lease.Lease.MemoryBytes);
            Judge(item, trouble, lane.Function.FailureOf(error, payload), duration);
            return;
        }

        try
        {
            Add(new MapResult<TOut>(item.Index, PayloadCodec<TOut>.Decode(payload), null, lane.Number, duration));
        }
        catch (Exception exception)
        {
            RowenException failure = exception as RowenException ?? new RowenException(
                ErrorCode.MalformedMessage, $"Its result could not be read: {exception.GetType().Name}: {exception.Message}", exception);
            Add(new MapResult<TOut>(item.Index, default!, failure, lane.Number, duration));
        }
    }

    private void Judge(MapItem<TIn> item, ItemTrouble trouble, RowenException failure, TimeSpan duration)
    {
        ItemFate fate = run.Retries.Judge(item.Index, trouble);
        switch (fate.Kind)
        {
            case ItemFateKind.Again when run.TryAgain(item with { Care = fate.Care, NeedsBytes = fate.NeedsBytes }):
            case ItemFateKind.Dropped:
                break;
            default:
                ErrorCode code = trouble.Loss == ErrorCode.None ? trouble.Error : trouble.Loss;
                RowenException error = fate.Why.Length == 0 ? failure : new RowenException(code, $"{failure.Message} {fate.Why}", failure);
                Add(new MapResult<TOut>(item.Index, default!, error, lane.Number, duration));
                break;
        }
    }

    /// <summary>The input has no payload form, or this machine no memory for it.</summary>
    private void AddUnsendable(MapItem<TIn> item, Exception exception)
    {
        RowenException error = exception as RowenException ?? new RowenException(
            ErrorCode.MalformedInput, $"Its input could not be sent: {exception.GetType().Name}: {exception.Message}", exception);
        Add(new MapResult<TOut>(item.Index, default!, error, lane.Number, TimeSpan.Zero));
    }

    private void Add(in MapResult<TOut> result)
    {
        if (_resultCount == _results.Length)
        {
            Array.Resize(ref _results, Math.Max(_items.Length, 2 * _results.Length));
        }

        _results[_resultCount++] = result;
    }

    /// <summary>Keeps nothing of the user's while it rests.</summary>
    private void Clear()
    {
        Array.Clear(_items);
        Array.Clear(_results);
    }
}
