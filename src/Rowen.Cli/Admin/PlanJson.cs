using System.Text.Json.Serialization;
using Rowen.ResourceManager.Harvesting.Slurm.Planning;

namespace Rowen.Cli.Admin;

/// <summary>The JSON of <c>rowen admin plan</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<PlanPart>))]
internal sealed partial class PlanJson : JsonSerializerContext;
