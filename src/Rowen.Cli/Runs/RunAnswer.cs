using System.Text.Json.Serialization;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Runs;

/// <summary>What <c>rowen run --output json</c> prints at the end.</summary>
internal sealed record RunAnswer
{
    /// <summary>For <c>rowen logs</c>.</summary>
    public string Run { get; init; } = string.Empty;

    /// <summary>Where its log lies.</summary>
    public string Folder { get; init; } = string.Empty;

    public long Done { get; init; }

    public long Failed { get; init; }

    /// <summary>Items that were not begun, or not run to their end, because the run ended before.</summary>
    public long NotRun { get; init; }

    /// <summary>Attempts that came to nothing and were made again, by cause.</summary>
    public RetryCounts Retries { get; init; } = new();

    public double Seconds { get; init; }

    /// <summary>Failures of one kind each, the largest first.</summary>
    public IReadOnlyList<RunFailure> Failures { get; init; } = [];
}

/// <summary>Failures of one kind.</summary>
/// <param name="Kind">Such as <c>exit code 3</c>.</param>
/// <param name="Code">The error.</param>
/// <param name="Count">How many items.</param>
/// <param name="Items">Their numbers, the first hundred.</param>
/// <param name="Message">What the first of them said.</param>
internal sealed record RunFailure(string Kind, ErrorCode Code, long Count, IReadOnlyList<long> Items, string Message);

/// <summary>What <c>rowen run --dry-run --output json</c> prints: the first commands.</summary>
internal sealed record DryRunAnswer(long? ItemCount, IReadOnlyList<DryCommand> Commands);

/// <summary>One command that would run.</summary>
internal sealed record DryCommand(long Index, IReadOnlyList<string> Arguments, string? WorkingFolder);

/// <summary>What <c>rowen logs R7 --output json</c> prints for each item: text, with a replacement for bytes that are none.</summary>
internal sealed record ItemLogAnswer(
    string Run, long Item, int ExitCode, int Signal, ErrorCode Error, string? Message, string Node, double Seconds, double ProcessorSeconds,
    long PeakMemoryBytes, string Stdout, string Stderr, long StdoutBytes, long StderrBytes);

/// <summary>The form of these answers.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RunAnswer))]
[JsonSerializable(typeof(DryRunAnswer))]
[JsonSerializable(typeof(ItemLogAnswer))]
internal sealed partial class RunAnswersJson : JsonSerializerContext;
