namespace Rowen;

/// <summary>What became of an invocation: exactly one of four.</summary>
public enum InvocationOutcome
{
    /// <summary>The function ran and returned a result.</summary>
    Completed = 0,

    /// <summary>The function ran and failed by itself: it threw, or returned a code other than zero.</summary>
    Failed = 1,

    /// <summary>The function provably never started: calling again, elsewhere, runs nothing twice.</summary>
    NotExecuted = 2,

    /// <summary>The function ran not, once, or in part; nobody can know. Call again only if running twice does no harm.</summary>
    Unknown = 3,
}
