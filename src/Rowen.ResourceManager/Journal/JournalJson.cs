using System.Text.Json.Serialization;
using Rowen.ResourceManager.Leases;
using Rowen.ResourceManager.Nodes;

namespace Rowen.ResourceManager.Journal;

/// <summary>The JSON form of what is kept. A field that is added later must have a default.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LeaseRecord))]
[JsonSerializable(typeof(NodeRecord))]
internal sealed partial class JournalJson : JsonSerializerContext;
