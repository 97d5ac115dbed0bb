using System.Text.Json.Serialization;

namespace Rowen.Cli.Jobs;

/// <summary>The JSON that verbs about jobs print.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SubmitAnswer))]
[JsonSerializable(typeof(JobStatus))]
[JsonSerializable(typeof(JobStatus[]))]
[JsonSerializable(typeof(ItemAnswer))]
[JsonSerializable(typeof(ExplainAnswer))]
internal sealed partial class JobAnswers : JsonSerializerContext;
