namespace Rowen.Protocol.Harvests;

/// <summary>A node on which pilots may run, as the batch system tells of it.</summary>
public sealed record BatchNodeView
{
    /// <summary>Its name.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>The batch system's own word for its state.</summary>
    public string State { get; set; } = string.Empty;

    /// <summary>Whether no job holds any of it, and it is awake.</summary>
    public bool IsIdle { get; set; }

    /// <summary>Whether it is powered down, or about to be, or waking.</summary>
    public bool IsAsleep { get; set; }
}
