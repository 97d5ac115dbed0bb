using System.Diagnostics;

namespace Rowen.Jobs;

/// <summary>Keeps what a map and its leases said last, for the status file. Thread safety: any thread.</summary>
internal sealed class JobProgress : IProgress<MapProgress>, IProgress<LeaseProgress>
{
    private volatile MapProgress? _map;
    private volatile string _reason = string.Empty;
    private volatile RetryCounts _retriesBefore = new();
    private long _laneAt = Stopwatch.GetTimestamp();

    /// <summary>When there was a lane last, by the stopwatch; otherwise when this was made.</summary>
    public long LaneAt => Volatile.Read(ref _laneAt);

    /// <summary>Why nothing runs; empty if something does.</summary>
    public string Reason => _map is { } map ? map.Reason : _reason;

    /// <summary>Attempts that came to nothing and were made again, in all maps so far.</summary>
    public RetryCounts Retries => _map is { } map ? _retriesBefore.Plus(map.Retries) : _retriesBefore;

    public void Report(MapProgress value)
    {
        _map = value;
        if (value.Lanes > 0)
        {
            Volatile.Write(ref _laneAt, Stopwatch.GetTimestamp());
        }
    }

    public void Report(LeaseProgress value) => _reason = value.Reason.Length > 0 ? $"{value.Lease} waits: {value.Reason}" : string.Empty;

    /// <summary>No map runs now.</summary>
    public void Pause(string reason)
    {
        _retriesBefore = Retries;
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
            Retries = Retries,
            Lanes = map?.Lanes ?? 0,
            ItemsPerSecond = Math.Round(map?.ItemsPerSecond ?? 0, 3),
            TimeLeftMs = map?.TimeLeft is { } left ? Math.Round(left.TotalMilliseconds) : null,
            Reason = Reason,
        };
    }
}
