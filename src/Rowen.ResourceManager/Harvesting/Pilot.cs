namespace Rowen.ResourceManager.Harvesting;

/// <summary>What is known of one pilot job, from its submission until it is forgotten.</summary>
internal sealed class Pilot(PilotJob job, long submittedAtMs)
{
    public PilotJob Job { get; set; } = job;

    public string Id => Job.Id;

    public long SubmittedAtMs { get; } = submittedAtMs;

    /// <summary>Its agent has been here: from then on the node is looked at, not the job.</summary>
    public bool HasJoined { get; set; }

    /// <summary>Nodes that it will not run on. Of pilots of a manager before us nobody knows.</summary>
    public IReadOnlyList<string> Excluded { get; init; } = [];

    /// <summary>Answers in a row that did not show it.</summary>
    public int MissedCount { get; set; }

    /// <summary>We took it back.</summary>
    public bool IsTakenBack { get; set; }

    /// <summary>Whether it will bring a node that is not here yet.</summary>
    public bool IsComing => !HasJoined && !IsTakenBack && Job.Phase != PilotPhase.Ended;
}
