namespace Rowen.Fabric.Simulated;

/// <summary>What a simulated network does to each message.</summary>
public sealed record NetworkConditions
{
    /// <summary>Nothing is lost and nothing is overtaken: every message takes a tenth of a millisecond.</summary>
    public static NetworkConditions Lossless { get; } = new();

    /// <summary>The shortest way.</summary>
    public TimeSpan MinDelay { get; init; } = TimeSpan.FromTicks(1000);

    /// <summary>The longest way of an ordinary message. More than the shortest: messages overtake each other.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromTicks(1000);

    /// <summary>Share of messages that never arrive, from 0 to 1.</summary>
    public double LossRate { get; init; }

    /// <summary>Share of messages that arrive very late, from 0 to 1.</summary>
    public double LateRate { get; init; }

    /// <summary>How late those are at most.</summary>
    public TimeSpan MaxLateness { get; init; }
}
