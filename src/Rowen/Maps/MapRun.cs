using System.Globalization;
using Rowen.Protocol.Errors;

namespace Rowen.Maps;

/// <summary>One map under way: its lanes, what came of its items, and how it ends.</summary>
/// <remarks>
/// <para>Every <see cref="MapLoop{TIn, TOut}"/> takes items from the <see cref="Queue"/> as soon as its lane has room; what
/// became of them comes back here. Nothing of the user's runs on the threads that poll lanes, but the reading of
/// results: inputs that are no list are enumerated by a feeder, progress is told by a timer.</para>
/// <para>Thread safety: any thread.</para>
/// </remarks>
internal sealed class MapRun<TIn, TOut> : IAsyncDisposable
{
    /// <summary>How soon a lease is noticed that lasts long enough again: often beside items that say how long they take.</summary>
    private static readonly TimeSpan WakePeriod = TimeSpan.FromMilliseconds(250);

    private readonly MapOptions _options;
    private readonly MapFeeder<TIn, TOut>? _feeder;
    private readonly MapTally _tally = new();
    private readonly MapLanes<TIn, TOut> _lanes = new();
    private readonly MapTeller _teller;
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly List<CancellationTokenRegistration> _registrations = [];
    private int _expectedLeases;
    private int _isOver;
    private StragglerWatch<TIn, TOut>? _stragglers;
    private ITimer? _timeout;
    private ITimer? _waking;

    public MapRun(IEnumerable<TIn> items, MapOptions options, MapSink<TOut> sink, TimeProvider time)
    {
        _options = options;
        Sink = sink;
        Time = time;
        Invocation = new InvocationOptions { Deadline = options.Deadline };
        Retries = new ItemRetries(options);
        IReadOnlyList<TIn>? list = items as TIn[] ?? (IReadOnlyList<TIn>?)(items as List<TIn>);
        Queue = new MapQueue<TIn>(list, Retries);
        ExpectedCount = items.TryGetNonEnumeratedCount(out int count) ? count : null;
        _feeder = list is null ? new MapFeeder<TIn, TOut>(this, items) : null;
        _teller = new MapTeller(options, time, Look, End);
    }

    /// <summary>Ends with the map: all items done, or why not.</summary>
    public Task Finished => _finished.Task;

    public bool IsOver => Volatile.Read(ref _isOver) != 0;

    public MapQueue<TIn> Queue { get; }

    /// <summary>How many items there will be, where the input says so before it is enumerated.</summary>
    public long? ExpectedCount { get; }

    public ItemRetries Retries { get; }

    public MapSink<TOut> Sink { get; }

    public InvocationOptions Invocation { get; }

    /// <summary>Where items have a deadline, none waits at the executor behind another: that wait would count.</summary>
    public DepthLimits Depth => _options.Deadline == default ? _options.Depth : _options.Depth with { Max = 1 };

    /// <summary>What items took.</summary>
    public DurationSample Durations { get; } = new();

    public TimeProvider Time { get; }

    /// <summary>How many items the lanes could take at once, twice over.</summary>
    public int AppetiteCount => _lanes.AppetiteCount;

    public bool HasRestingLane => _lanes.HasResting;

    /// <summary>Whether the executor's own lane could go on without any lease.</summary>
    public bool HasWorkAtHome => _lanes.Home is { HasWork: true };

    /// <summary>Told when a lease's lanes were lost while the map goes on, and why.</summary>
    public Action<MapLease, ErrorCode>? LeaseLost { get; set; }

    /// <summary>Told that a function ran out of memory on a lease whose executor lives; null if no other lease can take its place.</summary>
    public Action<MapLease>? LeaseSpent { get; set; }

    /// <summary>Told that items wait which need a lease with more memory; null if there will be none.</summary>
    public Action? MemoryNeeded { get; set; }

    /// <summary>Whether nothing is under way.</summary>
    public bool IsStill => _tally.Running == 0;

    /// <summary>Begins to feed and to tell progress; lanes come with <see cref="Add"/>.</summary>
    public void Start(CancellationToken cancellationToken)
    {
        Register(() => End(new OperationCanceledException(cancellationToken)), cancellationToken);
        Register(Drain, _options.Draining);
        _teller.Start();
        _stragglers = _options.StragglerFactor > 0 ? new StragglerWatch<TIn, TOut>(this, _options.StragglerFactor) : null;
        _timeout = _options.Timeout > TimeSpan.Zero ? Time.CreateTimer(_ => EndLate(), null, _options.Timeout, Timeout.InfiniteTimeSpan) : null;
        _waking = _options.TimeRequest > TimeSpan.Zero ? Time.CreateTimer(_ => KickIdleLanes(), null, WakePeriod, WakePeriod) : null;
        if (_feeder is not null)
        {
            _ = Task.Run(_feeder.RunAsync, CancellationToken.None); // ends the map if it fails; a hung input cannot be ended
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
    public void Explain(string reason) => _teller.WhyNothingRuns = reason;

    private void Drain()
    {
        Queue.Close();
        Release();
        FinishIfDone();
    }

    /// <summary>A lease cannot be counted on for as long as an item may take.</summary>
    public void ExplainShortLease(Lease lease) => Explain(string.Create(
        CultureInfo.InvariantCulture,
        $"{(lease.IsTooShort(_options.TimeRequest) ? $"{lease.NodeName} leaves" : $"The resource manager does not renew {lease.Id}, which ends")} before an item can: each may take {_options.TimeRequest.TotalSeconds:0.###} s (its time request). Nothing more is begun there."));

    /// <summary>A lease's lanes take part from now on.</summary>
    /// <exception cref="RowenException">The lease has no such function.</exception>
    public MapLease Add(Lease lease, string functionName)
    {
        Function<TIn, TOut> function = lease.Function<TIn, TOut>(functionName);
        var held = new MapLease(lease, _options.TimeRequest);
        MapLane<TIn, TOut>[] added = _lanes.Add(this, held, function, _options.CoresPerItem);
        _options.LeaseJoined?.Invoke(lease, added[0].Number);
        Register(() => Lose(held, lease.Session.Loss?.Code ?? ErrorCode.LeaseEnded, lease.EndReason), lease.EndedToken);
        foreach (MapLane<TIn, TOut> lane in added)
        {
            MapLanes<TIn, TOut>.Start(lane);
        }

        return held;
    }

    /// <summary>This executor's own lane takes part from now on: before any lease does.</summary>
    public void AddHome(HomeExecutor home, HomeFunction function, string name)
    {
        var lane = new HomeLane<TIn, TOut>(this, home.Lease, function, name, _options.Deadline);
        _lanes.Home = lane;
        lane.Start();
    }

    /// <summary>A lease takes no more items, and is not missed.</summary>
    public void Remove(MapLease lease) => Close(lease);

    /// <summary>Nothing new starts; the map ends with an error, if it has not ended.</summary>
    public void End(Exception error)
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
        {
            Sink.Complete(error);
            _finished.TrySetException(error);
            Release();
        }
    }

    /// <summary>Stops telling progress, after a last time.</summary>
    public async ValueTask DisposeAsync()
    {
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

        foreach (IAsyncDisposable? watch in (IAsyncDisposable?[])[_stragglers, _timeout, _waking, _teller])
        {
            if (watch is not null)
            {
                await watch.DisposeAsync().ConfigureAwait(false);
            }
        }

        if (Interlocked.Exchange(ref _isOver, 1) == 0)
        {
            _finished.TrySetCanceled(); // its reader left before the end
            Release();
        }
    }

    /// <summary>Items have been taken, to be sent.</summary>
    public void Began(int count)
    {
        _tally.Began(count);
        _feeder?.WakeIfHungry();
    }

    /// <summary>They are under way no more.</summary>
    public void Ended(int count) => _tally.Ended(count);

    /// <summary>In how many parts the waiting items are to be divided, so that all lanes come to their end together.</summary>
    /// <param name="depth">Invocations that a lane has under way.</param>
    public int Shares(int depth) => Math.Max(2 * depth * _lanes.OpenCount, 1);

    /// <summary>Whether what waits is no more than one item for each lane: none of them should wait behind another one then.</summary>
    public bool IsNearEnd => Queue.WaitingCount <= _lanes.OpenCount;

    public bool HasItemsFor(MapLane<TIn, TOut> lane) => lane.Lease.MayBegin
        && lane.Lease.HasTime
        && Queue.HasItemsFor(lane.Lease.Lease.MemoryBytes)
        && (!Queue.HasIsolated || lane.Lease.IsIdle);

    /// <summary>An item that is to be run again.</summary>
    /// <returns>False if no lease has, or will have, the memory that it needs.</returns>
    public bool TryAgain(MapItem<TIn> item)
    {
        if (item.NeedsBytes > 0 && !_lanes.HaveMemory(item.NeedsBytes) && MemoryNeeded is null)
        {
            return false;
        }

        Queue.GiveBack(item);
        if (item.NeedsBytes > 0)
        {
            MemoryNeeded?.Invoke();
        }

        KickIdleLanes();
        return true;
    }

    /// <summary>Whether an answer is a failure that is not to be the last word on its item.</summary>
    public bool IsFailure(long index, ReadOnlySpan<byte> answer) => _options is { MaxExceptionRetries: > 0, IsFailure: { } test } && test(index, answer);

    /// <summary>Items need more memory than the cluster can give.</summary>
    /// <param name="neededBytes">So much, or more.</param>
    /// <param name="hadBytes">What there is.</param>
    public async Task FailHungryAsync(long neededBytes, long hadBytes)
    {
        foreach (MapItem<TIn> item in Queue.RemoveHungry(Math.Min(hadBytes, neededBytes - 1)))
        {
            var error = new RowenException(
                ErrorCode.OutOfMemory,
                $"It ran out of memory, and no node can lease {item.NeedsBytes >> 20} MiB to it now.");
            await DeliverAsync(new MapResult<TOut>[] { new(item.Index, default!, error, lane: 0, TimeSpan.Zero) }).ConfigureAwait(false);
        }
    }

    /// <summary>Hands over the results that count. Waits while their reader has enough.</summary>
    /// <param name="results">Results; those that count come first afterwards.</param>
    public async ValueTask DeliverAsync(Memory<MapResult<TOut>> results)
    {
        int admitted = Admit(results.Span);
        if (admitted > 0)
        {
            ValueTask adding = Sink.AddAsync(results[..admitted]);
            if (!adding.IsCompletedSuccessfully)
            {
                await adding.ConfigureAwait(false);
            }

            _tally.Add(results.Span[..admitted]); // after: whoever counts to the end reads the results
            FinishIfDone();
        }
    }

    /// <summary>Chooses the results that count: once for each item, and none when the map is over.</summary>
    /// <returns>How many count; those come first.</returns>
    private int Admit(Span<MapResult<TOut>> results)
    {
        int admitted = 0;
        for (int i = 0; i < results.Length; i++)
        {
            if (!IsOver && Retries.TryClaim(results[i].Index, out int attempts) && (results[i].Error is null || MayFail(results[i].Index, results[i].Error!)))
            {
                results[admitted++] = attempts == 1 ? results[i] : results[i] with { Attempts = attempts };
            }
        }

        return admitted;
    }

    /// <summary>A lane's loop has nothing more to do.</summary>
    public void LoopEnded(MapLane<TIn, TOut> lane)
    {
        if (!IsOver && lane is { IsOpen: true, LoopCount: 0 } && HasItemsFor(lane))
        {
            MapLanes<TIn, TOut>.Start(lane); // something came between the last look and the end
        }
        else
        {
            FinishIfDone(); // where it was closed, what was given back is not waited for
            FailIfStranded();
        }
    }

    /// <summary>A lease is of no use any more: no item comes back to where it was refused.</summary>
    public void Lose(MapLease lease, ErrorCode code, string? why)
    {
        if (_lanes.NoteLoss(lease, code, why) && !IsOver)
        {
            LeaseLost?.Invoke(lease, code); // first: it may expect another
        }

        Close(lease);
        KickIdleLanes();
    }

    /// <summary>Lanes that found nothing to do have ended their loops; now there is something.</summary>
    public void KickIdleLanes()
    {
        if (!IsOver)
        {
            _lanes.StartIdle();
        }
    }

    public void FinishIfDone()
    {
        if (Queue.Total is not { } total || _tally.Done + _tally.Failed < total || Interlocked.Exchange(ref _isOver, 1) != 0)
        {
            return;
        }

        _lanes.Home?.Wake();
        Sink.Complete(null);
        if (_tally.ToExceptionOrNone() is { } error)
        {
            _finished.TrySetException(error);
        }
        else
        {
            _finished.TrySetResult();
        }
    }

    public void FailIfStranded()
    {
        if (IsOver || _lanes.OpenCount > 0 || Volatile.Read(ref _expectedLeases) > 0)
        {
            return;
        }

        if (IsStill || Queue.WaitingCount > 0)
        {
            string total = Queue.Total is { } known ? $" of {known}" : string.Empty;
            (ErrorCode code, string why) = _lanes.LastLoss;
            End(new RowenException(code, $"The map stopped after {_tally.Done}{total} items: it has no lease any more. {why}"));
        }
    }

    /// <summary>How the map stands.</summary>
    private MapStanding Look()
    {
        (long done, long failed, int running) = (_tally.Done, _tally.Failed, _tally.Running);
        long? total = Queue.Total;
        var progress = new MapProgress(
            done, total, running, failed, Retries.Counts, _lanes.OpenCount, ItemsPerSecond: 0, TimeLeft: null, Reason: string.Empty)
        {
            Waiting = total is { } all ? Math.Max(0, all - done - failed - running) : Queue.WaitingCount,
            Copies = Retries.CopyCount,
        };
        return new MapStanding(progress, IsOver, _lanes.OldestOrNone());
    }

    /// <summary>Items that are under way alone, and since when by the stopwatch.</summary>
    public IEnumerable<(MapItem<TIn> Item, long SentAt)> Singles() => _lanes.Singles();

    private void EndLate() => End(new RowenException(
        ErrorCode.DeadlineExceeded,
        $"It was not done within {_options.Timeout} (MapOptions.Timeout, --timeout): {_tally.Done} items have results."));

    /// <returns>Whether the failure counts as a result: the map does not end with it.</returns>
    private bool MayFail(long index, RowenException error)
    {
        _tally.Note(index, error);
        if (_options.Errors == MapErrors.Collect)
        {
            return true;
        }

        End(_tally.FirstFailure());
        return false;
    }

    private void Register(Action act, CancellationToken token)
    {
        CancellationTokenRegistration registration = token.UnsafeRegister(static state => ((Action)state!)(), act);
        lock (_lock)
        {
            _registrations.Add(registration);
        }
    }

    /// <summary>Whoever waits for room or for items sees that the map is over.</summary>
    private void Release()
    {
        _feeder?.Release();
        _lanes.Home?.Wake();
    }

    private void Close(MapLease lease)
    {
        _lanes.Close(lease);
        FailIfStranded();
    }
}
