namespace Rowen.NodeAgent.Leases;

/// <summary>Where an executor stands in its life. It moves downwards, and back to the pool if nobody has used it.</summary>
internal enum ExecutorStage
{
    /// <summary>The process was started and has not reported yet.</summary>
    Starting = 0,

    /// <summary>It has reported and waits for a lease.</summary>
    Pooled = 1,

    /// <summary>It has a lease, whose owner can reach it.</summary>
    Serving = 2,

    /// <summary>It was told to finish.</summary>
    Ending = 3,

    /// <summary>It was killed; the kernel has not reported its end yet.</summary>
    Killed = 4,
}
