using Rowen.Protocol.Errors;
using Rowen.Protocol.Usage;

namespace Rowen.Jobs;

/// <summary>How a run ended.</summary>
internal sealed record JobRunEnd
{
    public JobState State { get; set; }

    public string Reason { get; set; } = string.Empty;

    /// <summary>Why it stopped, where that has a code.</summary>
    public ErrorCode Code { get; set; }

    public DateTimeOffset At { get; set; }

    /// <summary>Attempts that came to nothing and were made again.</summary>
    public RetryCounts Retries { get; set; } = new();

    /// <summary>What its leases have used; null if the manager could not be asked.</summary>
    public LeaseUsage? Usage { get; set; }
}
