using System.Globalization;

namespace Rowen.ResourceManager.Harvesting;

/// <summary>Our pilot jobs, put together from what we submitted, what the batch system shows, and who joined.</summary>
internal sealed class PilotTable
{
    /// <summary>The batch system forgets ended jobs after minutes; so may we.</summary>
    private const long RememberMs = 600_000;

    /// <summary>A job that has ended is shown for minutes, so one that is missing is odd: one answer may be cut short, or another program's.</summary>
    private const int MaxMissed = 3;

    private readonly Dictionary<string, Pilot> _pilots = new(StringComparer.Ordinal);

    public IEnumerable<Pilot> All => _pilots.Values;

    public IReadOnlyList<Pilot> Coming => [.. _pilots.Values.Where(pilot => pilot.IsComing)];

    public void Submitted(string job, IReadOnlyList<string> excluded, long nowMs) =>
        _pilots[job] = new Pilot(new PilotJob(job, PilotPhase.Pending, "PENDING", "None", string.Empty), nowMs) { Excluded = excluded };

    public void TakenBack(IEnumerable<string> jobs)
    {
        foreach (string job in jobs)
        {
            _pilots[job].IsTakenBack = true;
        }
    }

    /// <summary>Whether a job is one of our pilots. Other jobs' owners may lend what they do not need, and that is not ours to give back.</summary>
    public bool Knows(string job) => _pilots.ContainsKey(job);

    /// <summary>Agents of pilots are here.</summary>
    /// <returns>Whether one of them is new.</returns>
    public bool Joined(IEnumerable<HarvestedNode> nodes)
    {
        bool isNews = false;
        foreach (HarvestedNode node in nodes)
        {
            Pilot pilot = _pilots[node.BatchJob];
            isNews |= !pilot.HasJoined;
            pilot.HasJoined = true;
        }

        return isNews;
    }

    /// <summary>Takes what the batch system shows.</summary>
    /// <param name="jobs">Everything of ours.</param>
    /// <param name="askedAtMs">When it was asked: what was submitted since cannot be in the answer.</param>
    /// <returns>What became of pilots that ended without their agent having joined: a sentence each.</returns>
    public IReadOnlyList<string> See(IReadOnlyList<PilotJob> jobs, long askedAtMs)
    {
        var failures = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (PilotJob job in jobs)
        {
            seen.Add(job.Id);
            if (_pilots.TryGetValue(job.Id, out Pilot? pilot))
            {
                pilot.MissedCount = 0;
                Update(pilot, job, failures);
            }
            else if (job.Phase != PilotPhase.Ended)
            {
                _pilots.Add(job.Id, new Pilot(job, askedAtMs)); // of the manager before us
            }
        }

        foreach (Pilot gone in _pilots.Values.Where(pilot => !seen.Contains(pilot.Id) && pilot.SubmittedAtMs < askedAtMs && ++pilot.MissedCount >= MaxMissed).ToArray())
        {
            Update(gone, gone.Job with { Phase = PilotPhase.Ended, State = "UNKNOWN", Reason = "the batch system does not show it any more" }, failures);
            if (askedAtMs - gone.SubmittedAtMs > RememberMs)
            {
                _pilots.Remove(gone.Id);
            }
        }

        return failures;
    }

    private static void Update(Pilot pilot, PilotJob job, List<string> failures)
    {
        bool isNews = pilot.IsComing && job.Phase == PilotPhase.Ended;
        pilot.Job = job;
        if (isNews && job.State is not "PREEMPTED")
        {
            failures.Add(string.Create(
                CultureInfo.InvariantCulture, $"pilot {job.Id} ended before its agent joined ({job.State}: {job.Reason})"));
        }
    }
}
