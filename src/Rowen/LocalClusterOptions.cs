namespace Rowen;

/// <summary>A private cluster for this process: a unit test, a script, a laptop.</summary>
public sealed record LocalClusterOptions
{
    /// <summary>Where <c>rowen</c> is: the program itself, or a folder that has it.</summary>
    /// <value>Null: beside this program, then <c>rowen</c> on the PATH.</value>
    public string? RowenPath { get; init; }

    /// <summary>How many cores to offer.</summary>
    /// <value>0: those that this process may run on.</value>
    public int Cores { get; init; }

    /// <summary>How long the cluster may take to start.</summary>
    /// <value>30 seconds: a cold start from a network file system.</value>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it may take to end, before it is killed.</summary>
    /// <value>10 seconds.</value>
    public TimeSpan EndTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How the client behaves.</summary>
    public RowenClientOptions Client { get; init; } = new();

    /// <summary>Checks every value.</summary>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Cores, nameof(Cores));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(StartTimeout, TimeSpan.Zero, nameof(StartTimeout));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(EndTimeout, TimeSpan.Zero, nameof(EndTimeout));
        Client.Check();
    }
}
