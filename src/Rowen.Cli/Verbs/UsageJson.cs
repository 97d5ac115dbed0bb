using System.Text.Json.Serialization;

namespace Rowen.Cli.Verbs;

/// <summary>The JSON of <c>rowen usage --by job</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<JobUsage>))]
internal sealed partial class UsageJson : JsonSerializerContext;
