using System.Text.Json.Serialization;
using Rowen.Cli.Benchmarks.Agents;
using Rowen.Cli.Benchmarks.Commands;
using Rowen.Cli.Benchmarks.Journals;

namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>The JSON form of a report.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(BenchmarkReport))]
[JsonSerializable(typeof(DataReport))]
[JsonSerializable(typeof(FabricReport))]
[JsonSerializable(typeof(MemoryReport))]
[JsonSerializable(typeof(CommandBenchmarkReport))]
[JsonSerializable(typeof(AgentBenchmarkReport))]
[JsonSerializable(typeof(JournalReport))]
[JsonSerializable(typeof(MapReport))]
internal sealed partial class BenchmarkJson : JsonSerializerContext;
