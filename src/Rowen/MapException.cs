using System.Globalization;
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

    /// <summary>All failures by their cause, the most frequent first; at most a hundred causes.</summary>
    public IReadOnlyList<MapFailureGroup> Groups { get; internal init; } = [];

    /// <summary>The whole story, with what failed how often.</summary>
    public override string ToString() => Groups.Count == 0 ? base.ToString() : string.Create(
        CultureInfo.InvariantCulture, $"{Summarize()}\n{base.ToString()}");

    private string Summarize() => string.Join('\n', Groups.Select(group => string.Create(
        CultureInfo.InvariantCulture,
        $"{group.Count} × {group.TypeName}: {group.Message} (items {string.Join(", ", group.FirstItems)}{(group.Count > group.FirstItems.Count ? ", …" : "")}; {(group.Lease is { } lease ? $"rowen logs {lease}, {group.NodeName}" : "not sent")})")));

    private static string Describe(MapFailure first, long failedCount, long doneCount)
    {
        string more = failedCount > 1 ? $" and {failedCount - 1} more" : string.Empty;
        return $"Item {first.Index} of the map{more} failed, {doneCount} have results: {first.Error.Message}";
    }
}
