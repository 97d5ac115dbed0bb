using Rowen.Protocol.Errors;

namespace Rowen;

/// <summary>A map that has not all of its results.</summary>
public sealed class MapException : RowenException
{
    internal MapException(IReadOnlyList<MapFailure> failures, long failedCount, long doneCount)
        : base(failures[0].Error.Code, Describe(failures[0], failedCount, doneCount), failures[0].Error) => Failures = failures;

    /// <summary>Position of the first item that failed, from 0.</summary>
    public long ItemIndex => Failures[0].Index;

    /// <summary>The items that failed, at most the first thousand. One, unless <see cref="MapErrors.Collect"/> was asked for.</summary>
    public IReadOnlyList<MapFailure> Failures { get; }

    private static string Describe(MapFailure first, long failedCount, long doneCount)
    {
        string more = failedCount > 1 ? $" and {failedCount - 1} more" : string.Empty;
        return $"Item {first.Index} of the map{more} failed, {doneCount} have results: {first.Error.Message}";
    }
}
