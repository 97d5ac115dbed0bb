using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Rowen.Maps;

/// <summary>Tells the progress of a map, with its rate, what is left, and why it stands still if it does.</summary>
/// <param name="options">Who is told, and how often.</param>
/// <param name="time">The clock.</param>
/// <param name="look">How the map stands.</param>
/// <param name="end">Ends the map, with what its listener threw.</param>
[SuppressMessage("Design", "CA1031", Justification = "The listener is the user's: whatever it throws ends the map.")]
internal sealed class MapTeller(MapOptions options, TimeProvider time, Func<MapStanding> look, Action<Exception> end) : IAsyncDisposable
{
    /// <summary>After so long without a result people ask why.</summary>
    private static readonly TimeSpan StillTime = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly MapMeter _meter = new();
    private readonly long _startedAt = time.GetTimestamp();
    private ITimer? _timer;
    private long _lastSettled;
    private long _lastChangeAt = time.GetTimestamp();
    private volatile string _whyNothingRuns = "No lease yet.";

    /// <summary>What a map without a lane waits for.</summary>
    public string WhyNothingRuns
    {
        get => _whyNothingRuns;
        set => _whyNothingRuns = value;
    }

    public void Start()
    {
        if (options.Progress is not null)
        {
            _timer = time.CreateTimer(_ => Report(), null, options.ProgressPeriod, options.ProgressPeriod);
        }
    }

    /// <summary>Tells a last time.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_timer is not null)
        {
            await _timer.DisposeAsync().ConfigureAwait(false);
        }

        Report();
    }

    private void Report()
    {
        if (options.Progress is not { } progress)
        {
            return;
        }

        MapProgress now;
        lock (_lock)
        {
            now = Complete(look());
        }

        try
        {
            progress.Report(now);
        }
        catch (Exception exception)
        {
            end(exception);
        }
    }

    private MapProgress Complete(MapStanding standing)
    {
        MapProgress progress = standing.Progress;
        _meter.Update(time.GetElapsedTime(_startedAt), progress.Done);
        if (progress.Done + progress.Failed != _lastSettled)
        {
            _lastSettled = progress.Done + progress.Failed;
            _lastChangeAt = time.GetTimestamp();
        }

        return progress with
        {
            ItemsPerSecond = _meter.Rate,
            TimeLeft = _meter.TimeLeft(progress.Total - progress.Done - progress.Failed),
            Reason = standing.IsOver ? string.Empty : WhyStill(progress, standing.Oldest),
        };
    }

    private string WhyStill(MapProgress progress, MapOldest? oldest)
    {
        if (progress.Running == 0)
        {
            return progress.Lanes > 0 && progress.Waiting == 0 ? "The input brings nothing at the moment." : WhyNothingRuns;
        }

        return oldest is null || time.GetElapsedTime(_lastChangeAt) < StillTime
            ? string.Empty
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{(oldest.Count == 1 ? $"Item {oldest.Index}" : $"One of {oldest.Count} items that were sent together, from {oldest.Index} on,")} has been running on {oldest.Lease} ({oldest.NodeName}) for {time.GetElapsedTime(oldest.SentAt).TotalSeconds:0} s; what it prints: rowen logs {oldest.Lease} -f");
    }
}
