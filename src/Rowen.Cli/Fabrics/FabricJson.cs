using System.Text.Json.Serialization;

namespace Rowen.Cli.Fabrics;

/// <summary>The JSON of these verbs.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(DoctorAnswer))]
[JsonSerializable(typeof(FabricVerdict))]
[JsonSerializable(typeof(ServeAnswer))]
internal sealed partial class FabricJson : JsonSerializerContext;
