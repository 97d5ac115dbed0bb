namespace Rowen;

/// <summary>Where a job stands.</summary>
public enum JobState
{
    /// <summary>Submitted a moment ago; its process starts.</summary>
    Starting = 0,

    /// <summary>A process runs it.</summary>
    Running = 1,

    /// <summary>Every item has a result.</summary>
    Done = 2,

    /// <summary>Every item is settled, and some have failed: <c>rowen rerun --failed</c> tries those again.</summary>
    Failed = 3,

    /// <summary>Somebody cancelled it: <c>rowen resume</c> goes on.</summary>
    Cancelled = 4,

    /// <summary>Its process ended in an orderly way, but early, and said why: <c>rowen resume</c> goes on.</summary>
    Stopped = 5,

    /// <summary>Its process is gone without a word (kill -9, loss of power): <c>rowen resume</c> goes on.</summary>
    Interrupted = 6,
}
