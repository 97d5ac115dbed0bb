namespace Rowen.Cli.Output;

/// <summary>What ran again, and why, as people read it.</summary>
internal static class RetryText
{
    /// <summary>Such as <c>5 run again (3 preempted, 2 lost with their node)</c>; empty if nothing did.</summary>
    public static string Of(RetryCounts counts) => counts.Total == 0
        ? string.Empty
        : $"{Units.Count(counts.Total)} run again ({string.Join(", ", Causes(counts).Where(cause => cause.Count > 0).Select(cause => $"{Units.Count(cause.Count)} {cause.Name}"))})";

    /// <summary>Every cause with its count.</summary>
    public static IReadOnlyList<(string Name, long Count)> Causes(RetryCounts counts) =>
    [
        ("preempted", counts.Preempted),
        ("lost with their node", counts.NodesLost),
        ("whose executor died", counts.ExecutorDeaths),
        ("out of memory", counts.OutOfMemory),
        ("that failed", counts.Exceptions),
    ];
}
