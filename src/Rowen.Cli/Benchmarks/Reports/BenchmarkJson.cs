using System.Text.Json.Serialization;

namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>The JSON form of a report.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(BenchmarkReport))]
[JsonSerializable(typeof(FabricReport))]
[JsonSerializable(typeof(MemoryReport))]
[JsonSerializable(typeof(MapReport))]
internal sealed partial class BenchmarkJson : JsonSerializerContext;
