using System.Text.Json.Serialization;

namespace Rowen.Cli.Demo;

/// <summary>The JSON of the demo's answer.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DemoAnswer))]
internal sealed partial class DemoJson : JsonSerializerContext;
