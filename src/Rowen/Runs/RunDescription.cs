using System.Text.Json.Serialization;

namespace Rowen.Runs;

/// <summary>What was run, as it stands in the run's folder.</summary>
internal sealed record RunDescription
{
    /// <summary>The command before expansion.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>How many items; null if that was not known at the start.</summary>
    public long? ItemCount { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    public string Folder { get; init; } = string.Empty;
}

/// <summary>The form of <see cref="RunDescription"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RunDescription))]
internal sealed partial class RunJson : JsonSerializerContext;
