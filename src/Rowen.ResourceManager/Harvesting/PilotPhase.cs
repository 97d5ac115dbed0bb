namespace Rowen.ResourceManager.Harvesting;

/// <summary>Where a pilot job is in its life.</summary>
internal enum PilotPhase
{
    /// <summary>It waits for a node.</summary>
    Pending = 0,

    /// <summary>It has a node.</summary>
    Running = 1,

    /// <summary>It is over: by itself, taken back, or preempted. Which of these, the batch system's states do not tell reliably.</summary>
    Ended = 2,
}
