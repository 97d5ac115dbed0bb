namespace Rowen.Jobs;

/// <summary>A core that runs items.</summary>
internal sealed record JobLane
{
    /// <summary>Within the run, from 0.</summary>
    public int Number { get; set; }

    public string Lease { get; set; } = string.Empty;

    public string Node { get; set; } = string.Empty;
}
