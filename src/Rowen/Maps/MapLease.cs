namespace Rowen.Maps;

/// <summary>One lease as a map uses it: who may begin something on it. Thread safety: any thread.</summary>
/// <param name="lease">The lease.</param>
/// <param name="timeRequest">How long an item may take; zero if nobody has said.</param>
/// <remarks>An item that has died with executors before runs with nothing beside it: whoever comes while it runs, or is to run, waits.</remarks>
internal sealed class MapLease(Lease lease, TimeSpan timeRequest)
{
    private readonly Lock _lock = new();
    private int _runningCount;
    private int _isLost;
    private bool _isIsolated;

    public Lease Lease => lease;

    /// <summary>When it was taken, by the stopwatch.</summary>
    public long TakenAt { get; } = System.Diagnostics.Stopwatch.GetTimestamp();

    /// <summary>When something ended here last, by the stopwatch.</summary>
    public long LastEndAt { get; private set; } = System.Diagnostics.Stopwatch.GetTimestamp();

    /// <summary>Whether it lasts as long as an item may take. One that is renewed does.</summary>
    public bool HasTime => timeRequest == default || lease.Outlasts(timeRequest);

    /// <summary>Whether it will never again: its node ends before.</summary>
    public bool IsTooShort => timeRequest != default && lease.IsTooShort(timeRequest);

    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return _runningCount == 0;
            }
        }
    }

    public bool MayBegin
    {
        get
        {
            lock (_lock)
            {
                return !_isIsolated;
            }
        }
    }

    /// <summary>It is lost from now on.</summary>
    /// <returns>False if it was already.</returns>
    public bool TryLose() => Interlocked.Exchange(ref _isLost, 1) == 0;

    /// <summary>Begins an invocation beside others.</summary>
    public bool TryBegin()
    {
        lock (_lock)
        {
            _runningCount += _isIsolated ? 0 : 1;
            return !_isIsolated;
        }
    }

    /// <summary>Begins an invocation if nothing else runs.</summary>
    public bool TryBeginAlone()
    {
        lock (_lock)
        {
            if (_runningCount > 0)
            {
                return false;
            }

            _runningCount = 1;
            return _isIsolated = true;
        }
    }

    /// <summary>Lets nobody begin here any more, if nothing runs.</summary>
    public bool TryRetire() => TryBeginAlone();

    /// <summary>Ends an invocation.</summary>
    /// <returns>True if others may begin again, who could not.</returns>
    public bool End()
    {
        lock (_lock)
        {
            _runningCount--;
            LastEndAt = System.Diagnostics.Stopwatch.GetTimestamp();
            bool wasIsolated = _isIsolated;
            _isIsolated = false;
            return wasIsolated;
        }
    }
}
