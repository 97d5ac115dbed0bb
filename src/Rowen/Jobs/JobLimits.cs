namespace Rowen.Jobs;

/// <summary>Bounds of jobs and of what is kept of them.</summary>
internal static class JobLimits
{
    /// <summary>A byte each while the job runs, and 64 while somebody looks at it: 64 GiB would be no help.</summary>
    public const long MaxItemCount = 100_000_000;

    /// <summary>Longest item, as text or payload.</summary>
    public const int MaxItemBytes = 64 << 20;

    /// <summary>Longer results lie beside the journal: a list of jobs should not read them.</summary>
    public const int MaxInlineBytes = 4 << 10;

    /// <summary>Longer messages and stacks are cut: a fault must fit a record.</summary>
    public const int MaxFaultTextLength = 16_000;
}
