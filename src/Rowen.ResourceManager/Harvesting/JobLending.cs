namespace Rowen.ResourceManager.Harvesting;

/// <summary>Decides which jobs that offer their leftovers are taken at their word, and when.</summary>
/// <remarks>A plain class: calls in, jobs out, time as an argument. Each job lends once: whoever ends that, its owner or the job itself, has the last word.</remarks>
internal sealed class JobLending(int maxNodes)
{
    private const int MaxFailuresInRow = 3;

    private readonly Dictionary<string, Known> _jobs = new(StringComparer.Ordinal);

    /// <summary>Takes what the batch system shows. Jobs that it shows no longer are forgotten.</summary>
    public void See(IReadOnlyList<LendingJob> running)
    {
        foreach (string gone in _jobs.Keys.Except(running.Select(job => job.Id), StringComparer.Ordinal).ToArray())
        {
            _jobs.Remove(gone);
        }

        foreach (LendingJob job in running)
        {
            if (_jobs.TryGetValue(job.Id, out Known? known))
            {
                known.Job = job; // the owner may change the comment while it runs
            }
            else
            {
                _jobs.Add(job.Id, new Known(job));
            }
        }
    }

    /// <summary>The jobs whose lending begins now.</summary>
    /// <param name="needs">What waits: nothing is borrowed for nobody.</param>
    /// <param name="joined">Batch jobs whose agents are here, by whatever way they came.</param>
    /// <param name="nowMs">The clock.</param>
    public IReadOnlyList<LendingJob> Begin(HarvestNeeds needs, IReadOnlySet<string> joined, long nowMs)
    {
        if (needs.Waiting.Count == 0 || needs.IsLeaving)
        {
            return [];
        }

        int room = maxNodes - _jobs.Values.Where(known => known.HasBegun).Sum(known => known.Job.NodeCount);
        var begun = new List<LendingJob>();
        foreach (Known known in _jobs.Values.Where(known => known.MayBegin(nowMs) && !joined.Contains(known.Job.Id)))
        {
            if (known.Job.NodeCount <= room)
            {
                known.HasBegun = true;
                room -= known.Job.NodeCount;
                begun.Add(known.Job);
            }
        }

        return begun;
    }

    /// <summary>The step of a job that lent has failed: it is tried again later, a few times.</summary>
    public void Fail(string job, string why, long nowMs)
    {
        if (_jobs.TryGetValue(job, out Known? known))
        {
            known.HasBegun = false;
            known.Failures.Fail(why, nowMs);
        }
    }

    private sealed class Known(LendingJob job)
    {
        public LendingJob Job { get; set; } = job;

        public bool HasBegun { get; set; }

        public BackOff Failures { get; } = new(MaxFailuresInRow);

        public bool MayBegin(long nowMs) => !HasBegun && !Job.IsSuspended && Failures.MayTry(nowMs);
    }
}
