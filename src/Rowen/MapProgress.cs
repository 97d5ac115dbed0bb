namespace Rowen;

/// <summary>How far a map is.</summary>
/// <param name="Done">Items with a result.</param>
/// <param name="Total">All items; null while the end of the input is not known.</param>
/// <param name="Running">Items on their way.</param>
/// <param name="Failed">Items without a result, for good.</param>
/// <param name="Retries">Attempts that came to nothing and were made again, by cause.</param>
/// <param name="Lanes">Cores at work.</param>
/// <param name="ItemsPerSecond">Of the last seconds.</param>
/// <param name="TimeLeft">At that rate; null if nothing can be said.</param>
/// <param name="Reason">Why nothing runs; or, after ten seconds without a result, what everybody waits for. Empty otherwise.</param>
public sealed record MapProgress(
    long Done,
    long? Total,
    int Running,
    long Failed,
    RetryCounts Retries,
    int Lanes,
    double ItemsPerSecond,
    TimeSpan? TimeLeft,
    string Reason)
{
    /// <summary>Items that are known and not under way, without those that are done or failed.</summary>
    public long Waiting { get; init; }

    /// <summary>Stragglers that were run a second time beside the first. See <see cref="MapOptions.StragglerFactor"/>.</summary>
    public long Copies { get; init; }
}
