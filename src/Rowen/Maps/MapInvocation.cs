using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Rowen.Functions;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;
using Rowen.Sessions;

namespace Rowen.Maps;

/// <summary>What one loop has under way: the items, how they are sent, and what came of them.</summary>
/// <remarks>Its buffers are used again: an item costs the caller no memory but its result. One loop at a time uses it.</remarks>
[SuppressMessage("Design", "CA1031", Justification = "Codecs are the user's: whatever they throw ends the item.")]
internal sealed class MapInvocation<TIn, TOut>(MapRun<TIn, TOut> run, MapLane<TIn, TOut> lane)
{
    private MapItem<TIn>[] _items = new MapItem<TIn>[1];
    private MapResult<TOut>[] _results = new MapResult<TOut>[1];
    private byte[] _payload = [];
    private int _count;
    private int _resultCount;
    private int _payloadBytes;
    private long _sentAt;

    /// <summary>What is under way alone, if anything is: the item, and since when by the stopwatch.</summary>
    public (MapItem<TIn> Item, long SentAt)? Single => Volatile.Read(ref _sentAt) is not 0 and long sentAt && _count == 1 ? (_items[0], sentAt) : null;

    /// <summary>The first of the items under way, and since when by the stopwatch; null if there are none.</summary>
    public (long Index, long SentAt)? First => Volatile.Read(ref _sentAt) is not 0 and long sentAt && _count > 0 ? (_items[0].Index, sentAt) : null;

    /// <summary>How many items it has.</summary>
    public int Count => _count;

    /// <summary>What came of the items so far.</summary>
    public Memory<MapResult<TOut>> Results => _results.AsMemory(0, _resultCount);

    /// <summary>Takes the item that is to have a lease for itself, if there is one.</summary>
    public bool TryTakeIsolated()
    {
        bool isTaken = run.Queue.TryTakeIsolated(out _items[0]);
        _count = isTaken ? 1 : 0;
        return isTaken;
    }

    /// <summary>Takes the next items, as many as go together.</summary>
    public bool TryTake()
    {
        int wanted = lane.BatchCount;
        if (_items.Length < wanted)
        {
            _items = new MapItem<TIn>[wanted];
        }

        _count = run.Queue.Take(_items.AsSpan(0, wanted), run.Shares(lane.Depth), lane.Lease.Lease.MemoryBytes, lane.Lease.Lease.Id);
        return _count > 0;
    }

    /// <summary>Sends the items.</summary>
    public MapStart Send(out ValueTask<Reply> pending)
    {
        _resultCount = 0;
        return _count == 1 ? SendOne(out pending) : SendSeveral(out pending);
    }

    private MapStart SendOne(out ValueTask<Reply> pending)
    {
        pending = default;
        _payloadBytes = 0;
        MapItem<TIn> item = _items[0];
        if (run.Retries.TryDropCopy(item.Index))
        {
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

    /// <summary>Makes results of the answer, and releases it; what has none goes back, or fails.</summary>
    public void Settle(Reply reply)
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
        var trouble = new ItemTrouble(error, ErrorCode.None, item.Care, TogetherCount: 1, IsAlone(item), lane.Lease.Lease.MemoryBytes);
        if (error != ErrorCode.None)
        {
            Judge(item, trouble, lane.Function.FailureOf(error, payload), duration);
        }
        else if (!ItemVerdicts.IsTriedAgain(run, item, payload, trouble))
        {
            Add(ItemVerdicts.OfAnswer<TOut>(item.Index, payload, lane.Lease.Lease.Id, lane.Number, duration));
        }
    }

    private void Judge(MapItem<TIn> item, ItemTrouble trouble, RowenException failure, TimeSpan duration)
    {
        if (trouble is { Error: ErrorCode.OutOfMemory, Loss: ErrorCode.None })
        {
            run.LeaseSpent?.Invoke(lane.Lease); // whoever took the memory may keep it: nobody else is to pay for that
        }

        if (ItemVerdicts.Judge(run, item, trouble, failure) is { } final)
        {
            Add(new MapResult<TOut>(item.Index, default!, final, lane.Number, duration));
        }
    }

    private void AddUnsendable(MapItem<TIn> item, Exception exception) => Add(ItemVerdicts.OfUnsendable<TOut>(item.Index, exception, lane.Number));

    private void Add(in MapResult<TOut> result)
    {
        if (_resultCount == _results.Length)
        {
            Array.Resize(ref _results, Math.Max(_items.Length, 2 * _results.Length));
        }

        _results[_resultCount++] = result;
    }

    /// <summary>Nothing is under way any more; the results are still there.</summary>
    public void End() => Volatile.Write(ref _sentAt, 0);

    /// <summary>Keeps nothing of the user's while it rests.</summary>
    public void Clear()
    {
        Array.Clear(_items);
        Array.Clear(_results);
    }
}
