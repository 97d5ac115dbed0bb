using Rowen.Cli.Benchmarks.Reports;
using Rowen.Protocol.Usage;

namespace Rowen.Cli.Demo;

/// <summary>What <c>rowen demo --output json</c> prints.</summary>
internal sealed record DemoAnswer
{
    /// <summary>What was counted.</summary>
    public required string Path { get; init; }

    /// <summary>Files that were looked at.</summary>
    public required int FileCount { get; init; }

    /// <summary>Of those, files with at least one word.</summary>
    public required int TextFileCount { get; init; }

    /// <summary>Of those, files that could not be read.</summary>
    public required int UnreadableFileCount { get; init; }

    public required long WordCount { get; init; }

    public required int DistinctWordCount { get; init; }

    public required IReadOnlyList<WordAnswer> Top { get; init; }

    public required int Cores { get; init; }

    /// <summary>How invocations travelled.</summary>
    public required string Provider { get; init; }

    public required double MapMs { get; init; }

    public required double PlainLoopMs { get; init; }

    /// <summary>Whether map and plain loop found the same, word for word.</summary>
    public required bool Agrees { get; init; }

    /// <summary>Hot, warm and cold, each next to the machine's floor.</summary>
    public IReadOnlyList<BenchmarkRow> Latency { get; init; } = [];

    /// <summary>What the lease of the map has used.</summary>
    public UsageView? Usage { get; init; }
}
