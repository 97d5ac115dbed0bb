namespace Rowen.Jobs;

/// <summary>Keeps what a map and its leases said last, for the status file. Thread safety: any thread.</summary>
internal sealed class JobProgress : IProgress<MapProgress>, IProgress<LeaseProgress>
{
    private volatile MapProgress? _map;
    private volatile string _reason = string.Empty;
    private long _retriedBefore;

    /// <summary>Why nothing runs; empty if something does.</summary>
    public string Reason => _map is { } map ? map.Reason : _reason;

    /// <summary>Starts that came to nothing, in all maps so far.</summary>
    public long Retried => Interlocked.Read(ref _retriedBefore) + (_map?.Retried ?? 0);

    public void Report(MapProgress value) => _map = value;

    public void Report(LeaseProgress value) => _reason = value.Reason.Length > 0 ? $"{value.Lease} waits: {value.Reason}" : string.Empty;

    /// <summary>No map runs now.</summary>
    public void Pause(string reason)
    {
        Interlocked.Add(ref _retriedBefore, _map?.Retried ?? 0);
        _map = null;
        _reason = reason;
    }

    /// <summary>Adds what is known to a status.</summary>
    public JobStatus AddTo(JobStatus status)
    {
        MapProgress? map = _map;
        return status with
        {
            Running = map?.Running ?? 0,
            Retried = Retried,
            Lanes = map?.Lanes ?? 0,
            ItemsPerSecond = Math.Round(map?.ItemsPerSecond ?? 0, 3),
            TimeLeftMs = map?.TimeLeft is { } left ? Math.Round(left.TotalMilliseconds) : null,
            Reason = Reason,
        };
    }
}
