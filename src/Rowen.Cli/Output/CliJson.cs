using System.Text.Json.Serialization;
using Rowen.Cli.Calls;
using Rowen.Cli.Data;
using Rowen.ObjectStorage;

namespace Rowen.Cli.Output;

/// <summary>The JSON of answers that only the command line gives; all others are the protocol's.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CallAnswer))]
[JsonSerializable(typeof(DownAnswer))]
[JsonSerializable(typeof(LogAnswer))]
[JsonSerializable(typeof(ObjectAnswer[]))]
[JsonSerializable(typeof(ObjectSourceStatistics))]
[JsonSerializable(typeof(PartAnswer[]))]
[JsonSerializable(typeof(RoleAnswer))]
[JsonSerializable(typeof(UpAnswer))]
[JsonSerializable(typeof(VersionAnswer))]
internal sealed partial class CliJson : JsonSerializerContext;
