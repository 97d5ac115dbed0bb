namespace Rowen.UnitTests.Simulation;

/// <summary>Which faults a simulated minute has, and which safeguards are taken away to prove that their absence is seen.</summary>
internal sealed record SimulationOptions
{
    /// <summary>Whether messages are lost, late or cut off. Without them nothing but crashes excuses the loss of a lease.</summary>
    public bool HasNetworkFaults { get; init; } = true;

    /// <summary>How long cores stay held after a lease's time; the product's default.</summary>
    public TimeSpan Margin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A manager that answers before what it answers is durable.</summary>
    public bool AnswersBeforeSaving { get; init; }

    /// <summary>How many agents beside the three that stay join at once, and leave within two seconds; so many clients more use what there is then.</summary>
    public int PassingAgents { get; init; }

    /// <summary>Whether to remember what happened, for the message of a failure.</summary>
    public bool KeepsLog { get; init; }
}
