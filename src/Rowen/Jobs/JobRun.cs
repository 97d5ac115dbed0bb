namespace Rowen.Jobs;

/// <summary>A process that runs a job.</summary>
internal sealed record JobRun
{
    /// <summary>From 1.</summary>
    public int Number { get; set; }

    public int ProcessId { get; set; }

    public string Host { get; set; } = string.Empty;

    public DateTimeOffset At { get; set; }

    /// <summary>Whether items that had failed have no result again.</summary>
    public bool RerunsFailed { get; set; }
}
