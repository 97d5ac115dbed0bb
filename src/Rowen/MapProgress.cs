namespace Rowen;

/// <summary>How far a map is.</summary>
/// <param name="Done">Items with a result.</param>
/// <param name="Total">All items; null while the end of the input is not known.</param>
/// <param name="Running">Items on their way.</param>
/// <param name="Failed">Items without a result, for good.</param>
/// <param name="Retried">Starts that came to nothing, because a lease was lost, and were made again elsewhere. Not failures.</param>
/// <param name="Lanes">Cores at work.</param>
/// <param name="ItemsPerSecond">Of the last seconds.</param>
/// <param name="TimeLeft">At that rate; null if nothing can be said.</param>
/// <param name="Reason">Why nothing runs; empty if something does.</param>
public sealed record MapProgress(
    long Done,
    long? Total,
    int Running,
    long Failed,
    long Retried,
    int Lanes,
    double ItemsPerSecond,
    TimeSpan? TimeLeft,
    string Reason);
