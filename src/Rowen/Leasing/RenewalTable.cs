using Rowen.Protocol.Identifiers;

namespace Rowen.Leasing;

/// <summary>When each lease is to be renewed, tried again, or given up. Decides and remembers; performs nothing.</summary>
/// <remarks>
/// Time is a monotonic duration since any moment. A lease counts from the moment at which its renewal was <i>asked</i>,
/// which is before the moment from which the manager counts: this side never believes longer than the other.
/// </remarks>
internal sealed class RenewalTable
{
    /// <summary>Tries after a failed one, at least: a manager that restarts takes a second or two.</summary>
    private static readonly TimeSpan MaxRetryPeriod = TimeSpan.FromSeconds(1);

    /// <summary>An answer takes a moment: what it says is left is a little less than the duration even where nothing ends.</summary>
    private const double WholeShare = 0.9;

    private readonly Dictionary<LeaseId, Entry> _entries = [];

    public int Count => _entries.Count;

    /// <summary>A lease was granted.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="duration">What it lives for without renewal.</param>
    /// <param name="askedAt">When it was asked for, or known to be alive.</param>
    /// <param name="remaining">What the manager says is left of it: less than its duration where its node ends before. Null: all.</param>
    public void Add(LeaseId lease, TimeSpan duration, TimeSpan askedAt, TimeSpan? remaining = null)
    {
        bool ends = remaining is { } left && left < duration * WholeShare;
        _entries[lease] = new Entry(askedAt + (duration / 3), askedAt + duration, duration, ends ? askedAt + remaining!.Value : null, HasFailed: false);
    }

    /// <summary>The lease ended, or nobody wants it any more.</summary>
    public void Remove(LeaseId lease) => _entries.Remove(lease);

    /// <summary>What is to be done first, now or later.</summary>
    /// <param name="now">The time.</param>
    public RenewalStep Next(TimeSpan now)
    {
        RenewalStep next = RenewalStep.Nothing;
        foreach ((LeaseId lease, Entry entry) in _entries)
        {
            bool isOver = entry.EndsAt <= now;
            TimeSpan dueAt = entry.DueAt < entry.EndsAt ? entry.DueAt : entry.EndsAt;
            if (dueAt < next.DueAt)
            {
                next = new RenewalStep(lease, dueAt, isOver ? RenewalAct.Expire : RenewalAct.Renew, TimeoutOf(entry, now));
            }
        }

        return next;
    }

    /// <summary>The manager has renewed.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="duration">What it lives for now.</param>
    /// <param name="askedAt">When the renewal was asked.</param>
    /// <param name="remaining">As for <see cref="Add"/>.</param>
    public void Renewed(LeaseId lease, TimeSpan duration, TimeSpan askedAt, TimeSpan? remaining = null)
    {
        if (_entries.ContainsKey(lease))
        {
            Add(lease, duration, askedAt, remaining);
        }
    }

    /// <summary>The manager was not reached: try again soon.</summary>
    public void Failed(LeaseId lease, TimeSpan now)
    {
        if (_entries.TryGetValue(lease, out Entry entry))
        {
            TimeSpan period = entry.Duration / 10;
            _entries[lease] = entry with { HasFailed = true, DueAt = now + (period < MaxRetryPeriod ? period : MaxRetryPeriod) };
        }
    }

    /// <summary>Whether a lease can be counted on for a time: it is being renewed and its node stays, or it lasts so long anyway.</summary>
    public bool Outlasts(LeaseId lease, TimeSpan time, TimeSpan now) => _entries.TryGetValue(lease, out Entry entry)
        && (!entry.HasFailed || entry.EndsAt - now >= time)
        && (entry.NodeEndsAt is not { } end || end - now >= time);

    /// <summary>Whether no renewal will make a lease last so long: its node ends before.</summary>
    public bool IsTooShort(LeaseId lease, TimeSpan time, TimeSpan now) =>
        _entries.TryGetValue(lease, out Entry entry) && entry.NodeEndsAt is { } end && end - now < time;

    /// <summary>A try must leave time for others before the lease is over.</summary>
    private static TimeSpan TimeoutOf(Entry entry, TimeSpan now)
    {
        TimeSpan share = entry.Duration / 4;
        TimeSpan left = entry.EndsAt - now;
        TimeSpan shorter = share < left ? share : left;
        return shorter < TimeSpan.FromSeconds(2) ? shorter : TimeSpan.FromSeconds(2);
    }

    private readonly record struct Entry(TimeSpan DueAt, TimeSpan EndsAt, TimeSpan Duration, TimeSpan? NodeEndsAt, bool HasFailed);
}
