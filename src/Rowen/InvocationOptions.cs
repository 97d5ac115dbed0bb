namespace Rowen;

/// <summary>What one invocation may take.</summary>
public readonly record struct InvocationOptions
{
    /// <summary>How long the caller waits; afterwards the outcome is unknown, and an executor that goes on for a second is ended.</summary>
    /// <value>Zero: for ever. Otherwise from 1 ms to 49 days.</value>
    public TimeSpan Deadline { get; init; }
}
