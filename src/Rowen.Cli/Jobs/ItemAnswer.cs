using Rowen.Protocol.Errors;

namespace Rowen.Cli.Jobs;

/// <summary>One item of a job, as <c>rowen results --output json</c> prints it, a line each.</summary>
internal sealed record ItemAnswer
{
    /// <summary>Position in the input, from 0.</summary>
    public required long Item { get; init; }

    /// <summary><c>Done</c>, <c>Failed</c> or <c>Pending</c>.</summary>
    public required string State { get; init; }

    /// <summary>The item itself, where it is text.</summary>
    public string? Input { get; init; }

    /// <summary>The result, where it is text: strings, JSON, numbers and arrays of them.</summary>
    public string? Text { get; init; }

    /// <summary>The result in base64, where it is not.</summary>
    public string? Base64 { get; init; }

    /// <summary>Why there is none.</summary>
    public ErrorCode? Error { get; init; }

    public string? Message { get; init; }

    /// <summary>The exception's type on the executor.</summary>
    public string? RemoteType { get; init; }

    /// <summary>Where it was thrown, and its causes, each with its own place.</summary>
    public string? RemoteStack { get; init; }

    /// <summary>In which run of the job it was settled, from 1.</summary>
    public int? Run { get; init; }

    public string? Node { get; init; }

    public string? Lease { get; init; }

    /// <summary>Core of this run, from 0.</summary>
    public int? Lane { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public double? DurationMs { get; init; }

    /// <summary>How often it was sent until it was settled: more than once if a lease was lost meanwhile.</summary>
    public int? Attempts { get; init; }

    /// <summary>Of a command: what it passed to exit, unless a signal ended it.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Of a command: the signal that ended it.</summary>
    public int? Signal { get; init; }
}
