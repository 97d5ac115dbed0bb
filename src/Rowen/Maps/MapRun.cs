using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Rowen.Protocol.Errors;
using Rowen.Sessions;

namespace Rowen.Maps;

/// <summary>One map under way: every lane pulls the next item as soon as it has room for it.</summary>
/// <remarks>
/// <para>An item's answer is taken, and the next one sent, on the thread that polls the lane: a map of short items
/// costs no change of threads. Therefore nothing of the user's runs there, but the reading of results: inputs that
/// are no list are enumerated by a feeder, progress is told by a timer.</para>
/// <para>What is cancelled is not waited for: functions under way may run to their end, and their answers are dropped.</para>
/// <para>Thread safety: any thread.</para>
/// </remarks>
[SuppressMessage("Design", "CA1031", Justification = "Codecs, inputs and progress are the user's: whatever they throw ends the item or the map.")]
internal sealed class MapRun<TIn, TOut> : IAsyncDisposable
{
    private const int MaxFed = 256;
    private const int MaxToldFailures = 1_000;
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(1);

    private readonly MapOptions _options;
    private readonly InvocationOptions _invocation;
    private readonly MapSink<TOut> _sink;
    private readonly MapQueue<TIn> _queue;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _roomForFeeder = new(0, 1);
    private readonly Lock _lock = new();
    private readonly List<MapLane<TIn, TOut>> _lanes = [];
    private readonly List<MapFailure> _failures = [];
    private readonly HashSet<Lease> _lostLeases = [];
    private readonly List<CancellationTokenRegistration> _registrations = [];
    private readonly MapMeter _meter = new();
    private readonly long _startedAt;
    private ITimer? _timer;
    private MapLane<TIn, TOut>[] _openLanes = [];
    private long _done;
    private long _failed;
    private long _retried;
    private int _running;
    private int _expectedLeases;
    private int _isOver;
    private int _feederWaits;
    private volatile string _reason = "No lease yet.";
    private string _lastLoss = string.Empty;
    private ErrorCode _lastLossCode = ErrorCode.LeaseEnded;

    public MapRun(IEnumerable<TIn> items, MapOptions options, MapSink<TOut> sink, TimeProvider time)
    {
        _options = options;
        _invocation = new InvocationOptions { Deadline = options.Deadline };
        _sink = sink;
        _time = time;
        _startedAt = time.GetTimestamp();
        IReadOnlyList<TIn>? list = items as TIn[] ?? (IReadOnlyList<TIn>?)(items as List<TIn>);
        _queue = new MapQueue<TIn>(list, MaxFed);
        Items = list is null ? items : null;
    }

    /// <summary>Ends with the map: all items done, or why not.</summary>
    public Task Finished => _finished.Task;

    public bool IsOver => Volatile.Read(ref _isOver) != 0;

    /// <summary>Told when a lease's lanes were lost while the map goes on.</summary>
    public Action<Lease>? LeaseLost { get; set; }

    private IEnumerable<TIn>? Items { get; }

    /// <summary>Begins to feed and to tell progress; lanes come with <see cref="Add"/>.</summary>
    public void Start(CancellationToken cancellationToken)
    {
        Register(() => End(new OperationCanceledException(cancellationToken)), cancellationToken);
        if (_options.Progress is not null)
        {
            _timer = _time.CreateTimer(_ => Report(), null, _options.ProgressPeriod, _options.ProgressPeriod);
        }

        if (Items is { } items)
        {
            _ = Task.Run(() => FeedAsync(items), CancellationToken.None); // ends the map if it fails; a hung input cannot be ended
        }

        FinishIfDone();
    }

    /// <summary>More leases may come: having no lane is not the end.</summary>
    public void ExpectLease() => Interlocked.Increment(ref _expectedLeases);

    /// <summary>The expected lease has come, or will not.</summary>
    public void ExpectNoMore()
    {
        Interlocked.Decrement(ref _expectedLeases);
        FailIfStranded();
    }

    /// <summary>What is being waited for.</summary>
    public void Explain(string reason) => _reason = reason;

    /// <summary>A lease's lanes take part from now on.</summary>
    /// <exception cref="RowenException">The lease has no such function.</exception>
    public void Add(Lease lease, string functionName)
    {
        Function<TIn, TOut> function = lease.Function<TIn, TOut>(functionName);
        MapLane<TIn, TOut>[] added;
        lock (_lock)
        {
            added = [.. Enumerable.Range(0, lease.Session.LaneCount / _options.CoresPerItem)
                .Select(i => new MapLane<TIn, TOut>(lease, function, i * _options.CoresPerItem, _lanes.Count + i, lease.Session.SlotCount))];
            _lanes.AddRange(added);
            _openLanes = [.. _lanes.Where(lane => lane.IsOpen)];
        }

        _options.LeaseJoined?.Invoke(lease, added[0].Number);
        Register(() => Lose(lease), lease.EndedToken);
        foreach (MapLane<TIn, TOut> lane in added)
        {
            StartLoop(lane);
        }
    }

    /// <summary>Nothing new starts; the map ends with an error, if it has not ended.</summary>
    public void End(Exception error)
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
        {
            _sink.Complete(error);
            _finished.TrySetException(error);
            ReleaseFeeder();
        }
    }

    /// <summary>Stops telling progress, after a last time.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_timer is not null)
        {
            await _timer.DisposeAsync().ConfigureAwait(false);
        }

        CancellationTokenRegistration[] registrations;
        lock (_lock)
        {
            registrations = [.. _registrations];
            _registrations.Clear();
        }

        foreach (CancellationTokenRegistration registration in registrations)
        {
            await registration.DisposeAsync().ConfigureAwait(false);
        }

        Report();
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
        {
            _finished.TrySetCanceled(); // its reader left before the end
            ReleaseFeeder();
        }
    }

    private void Register(Action act, CancellationToken token)
    {
        CancellationTokenRegistration registration = token.UnsafeRegister(static state => ((Action)state!)(), act);
        lock (_lock)
        {
            _registrations.Add(registration);
        }
    }

    private void StartLoop(MapLane<TIn, TOut> lane)
    {
        lane.LoopBegins();
        // The first item is sent from the pool; from its answer on, the loop runs where answers are seen.
        ThreadPool.UnsafeQueueUserWorkItem(static state => _ = state.Run.PullAsync(state.Lane), (Run: this, Lane: lane), preferLocal: false);
    }

    /// <summary>Keeps one invocation under way on a lane until nothing is left for it.</summary>
    private async Task PullAsync(MapLane<TIn, TOut> lane)
    {
        bool mayGoOn = true;
        while (mayGoOn && lane.IsOpen && !IsOver && _queue.TryTake(out MapItem<TIn> item))
        {
            WakeFeederIfHungry();
            Interlocked.Increment(ref _running);
            MapResult<TOut> result = default;
            bool hasResult;
            switch (TryStart(lane, item, out ValueTask<Reply> pending, ref result))
            {
                case MapStart.Started:
                    long sentAt = Stopwatch.GetTimestamp();
                    Reply reply = await pending.ConfigureAwait(false);
                    hasResult = TrySettle(lane, item, reply, sentAt, ref result);
                    break;
                case MapStart.Failed:
                    hasResult = true;
                    break;
                default:
                    Interlocked.Decrement(ref _running);
                    mayGoOn = lane.LoopCount == 1; // others hold all slots of this lane; one loop stays to wait for them
                    if (mayGoOn)
                    {
                        await Task.Delay(BusyPause, _time).ConfigureAwait(false);
                    }

                    continue;
            }

            if (hasResult && Accept(result))
            {
                ValueTask adding = _sink.AddAsync(result);
                if (!adding.IsCompletedSuccessfully)
                {
                    await adding.ConfigureAwait(false);
                }

                Interlocked.Increment(ref result.Error is null ? ref _done : ref _failed); // after: whoever counts to the end reads the results
            }

            FinishIfDone();
            Interlocked.Decrement(ref _running);
            mayGoOn = AdjustLoops(lane);
        }

        EndLoop(lane);
    }

    /// <summary>Starts another loop here, on the polling thread, or lets this one go.</summary>
    private bool AdjustLoops(MapLane<TIn, TOut> lane)
    {
        if (lane.WantsFewer && lane.LoopCount > 1)
        {
            return false;
        }

        if (lane.WantsMore && !IsOver && _queue.HasItems)
        {
            lane.LoopBegins();
            _ = PullAsync(lane);
        }

        return true;
    }

    private void EndLoop(MapLane<TIn, TOut> lane)
    {
        lane.LoopEnds();
        if (!IsOver && lane is { IsOpen: true, LoopCount: 0 } && _queue.HasItems)
        {
            StartLoop(lane); // something came between the last look and the end
        }
        else
        {
            FailIfStranded();
        }
    }

    private MapStart TryStart(MapLane<TIn, TOut> lane, MapItem<TIn> item, out ValueTask<Reply> pending, ref MapResult<TOut> result)
    {
        pending = default;
        try
        {
            if (lane.TryStart(item.Value, _invocation, out pending))
            {
                return MapStart.Started;
            }

            _queue.GiveBack(item);
            return MapStart.NoSlot;
        }
        catch (Exception exception)
        {
            // The input has no payload form, or this machine no memory for it.
            RowenException error = exception as RowenException ?? new RowenException(
                ErrorCode.MalformedInput, $"Its input could not be sent: {exception.GetType().Name}: {exception.Message}", exception);
            result = new MapResult<TOut>(item.Index, default!, error, lane.Number, TimeSpan.Zero);
            return MapStart.Failed;
        }
    }

    /// <returns>False if the item goes to another lane.</returns>
    private bool TrySettle(MapLane<TIn, TOut> lane, MapItem<TIn> item, Reply reply, long sentAt, ref MapResult<TOut> result)
    {
        long now = Stopwatch.GetTimestamp();
        TimeSpan duration = Stopwatch.GetElapsedTime(sentAt, now);
        lane.Answered(sentAt, now);
        try
        {
            if (reply.Error != ErrorCode.None && IsRetriedElsewhere(reply.Error))
            {
                GiveBack(lane, item, reply);
                return false;
            }

            result = new MapResult<TOut>(item.Index, lane.Function.Decode(reply), null, lane.Number, duration);
        }
        catch (Exception exception)
        {
            RowenException error = exception as RowenException ?? new RowenException(
                ErrorCode.MalformedMessage, $"Its result could not be read: {exception.GetType().Name}: {exception.Message}", exception);
            result = new MapResult<TOut>(item.Index, default!, error, lane.Number, duration);
        }
        finally
        {
            reply.Release();
        }

        return true;
    }

    /// <summary>Provably never started. The lease is of no use any more, so that no item comes back to where it was refused.</summary>
    private void GiveBack(MapLane<TIn, TOut> lane, MapItem<TIn> item, Reply reply)
    {
        Interlocked.Increment(ref _retried);
        _queue.GiveBack(item);
        lock (_lock)
        {
            _lastLoss = reply.Call.Why ?? lane.Lease.EndReason ?? string.Empty;
            _lastLossCode = reply.Error;
        }

        Lose(lane.Lease); // an executor refuses when its lease ends; the lease itself may tell later
    }

    /// <returns>Whether the result counts: the map is not over, and does not end with it.</returns>
    private bool Accept(MapResult<TOut> result)
    {
        if (IsOver || result.Error is not { } error)
        {
            return !IsOver;
        }

        var failure = new MapFailure(result.Index, error);
        if (_options.Errors == MapErrors.Stop)
        {
            Interlocked.Increment(ref _failed);
            End(new MapException([failure], 1, Interlocked.Read(ref _done)));
            return false;
        }

        lock (_lock)
        {
            if (_failures.Count < MaxToldFailures)
            {
                _failures.Add(failure);
            }
        }

        return true;
    }

    private void Lose(Lease lease)
    {
        MapLane<TIn, TOut>[] lost;
        bool isNews;
        lock (_lock)
        {
            isNews = _lostLeases.Add(lease);
            lost = [.. _lanes.Where(lane => lane.Lease == lease)];
            _lastLoss = lease.EndReason ?? _lastLoss;
        }

        if (isNews && !IsOver)
        {
            LeaseLost?.Invoke(lease); // first: it may expect another
        }

        Close(lost);
        KickIdleLanes();
    }

    private void Close(MapLane<TIn, TOut>[] lanes)
    {
        foreach (MapLane<TIn, TOut> lane in lanes)
        {
            lane.Close();
        }

        lock (_lock)
        {
            _openLanes = [.. _lanes.Where(lane => lane.IsOpen)];
        }

        FailIfStranded();
    }

    /// <summary>Lanes that found nothing to do have ended their loops; now there is something.</summary>
    private void KickIdleLanes()
    {
        foreach (MapLane<TIn, TOut> lane in Volatile.Read(ref _openLanes))
        {
            if (lane.LoopCount == 0 && !IsOver)
            {
                StartLoop(lane);
            }
        }
    }

    private void FailIfStranded()
    {
        if (IsOver || Volatile.Read(ref _openLanes).Length > 0 || Volatile.Read(ref _expectedLeases) > 0)
        {
            return;
        }

        if (Volatile.Read(ref _running) == 0 || _queue.HasItems)
        {
            string total = _queue.Total is { } known ? $" of {known}" : string.Empty;
            ErrorCode code;
            string loss;
            lock (_lock)
            {
                code = _lastLossCode;
                loss = _lastLoss;
            }

            End(new RowenException(code, $"The map stopped after {Interlocked.Read(ref _done)}{total} items: it has no lease any more. {loss}"));
        }
    }

    private void FinishIfDone()
    {
        long settled = Interlocked.Read(ref _done) + Interlocked.Read(ref _failed);
        if (_queue.Total is not { } total || settled < total || Interlocked.Exchange(ref _isOver, 1) != 0)
        {
            return;
        }

        _sink.Complete(null);
        MapException? error;
        lock (_lock)
        {
            error = _failures.Count == 0 ? null : new MapException([.. _failures], Interlocked.Read(ref _failed), Interlocked.Read(ref _done));
        }

        if (error is null)
        {
            _finished.TrySetResult();
        }
        else
        {
            _finished.TrySetException(error);
        }
    }

    private async Task FeedAsync(IEnumerable<TIn> items)
    {
        try
        {
            foreach (TIn item in items)
            {
                while (!_queue.TryFeed(item))
                {
                    await WaitForRoomAsync().ConfigureAwait(false);
                }

                if (IsOver)
                {
                    return;
                }

                KickIdleLanes();
            }

            _queue.EndFeed();
            FinishIfDone();
            FailIfStranded();
        }
        catch (Exception exception)
        {
            End(exception); // the user's own: it comes out as it is
        }
    }

    private async Task WaitForRoomAsync()
    {
        Volatile.Write(ref _feederWaits, 1);
        if (!IsOver && _queue.FedCount > MaxFed / 2)
        {
            await _roomForFeeder.WaitAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        }

        Volatile.Write(ref _feederWaits, 0);
    }

    private void WakeFeederIfHungry()
    {
        if (Volatile.Read(ref _feederWaits) != 0 && _queue.FedCount <= MaxFed / 2)
        {
            ReleaseFeeder();
        }
    }

    private void ReleaseFeeder()
    {
        if (Interlocked.Exchange(ref _feederWaits, 0) != 0)
        {
            _roomForFeeder.Release();
        }
    }

    private void Report()
    {
        if (_options.Progress is not { } progress)
        {
            return;
        }

        long done = Interlocked.Read(ref _done);
        long failed = Interlocked.Read(ref _failed);
        MapProgress now;
        lock (_meter)
        {
            _meter.Update(_time.GetElapsedTime(_startedAt), done);
            long? total = _queue.Total;
            int running = Volatile.Read(ref _running);
            now = new MapProgress(
                done,
                total,
                running,
                failed,
                Interlocked.Read(ref _retried),
                Volatile.Read(ref _openLanes).Length,
                _meter.Rate,
                _meter.TimeLeft(total - done - failed),
                running > 0 || IsOver ? string.Empty : _reason);
        }

        try
        {
            progress.Report(now);
        }
        catch (Exception exception)
        {
            End(exception); // the user's own
        }
    }

    private static bool IsRetriedElsewhere(ErrorCode code) => code is ErrorCode.NotExecuted or ErrorCode.PeerLost
        or ErrorCode.LeaseEnded or ErrorCode.LeaseExpired or ErrorCode.LeaseReleased or ErrorCode.LeaseRevoked;
}
