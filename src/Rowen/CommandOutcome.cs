using System.Text;
using Rowen.Commands;
using Rowen.Protocol.Errors;

namespace Rowen;

/// <summary>What became of one command. Immutable.</summary>
public sealed record CommandOutcome
{
    private readonly CommandReport _report;

    internal CommandOutcome(long index, CommandReport report, RowenException? error)
    {
        Index = index;
        _report = report;
        Error = error;
    }

    /// <summary>Position of the item in the run, from 0.</summary>
    public long Index { get; }

    /// <summary>Why it has failed; null if it has not. Its code tells the cases apart:</summary>
    /// <value>
    /// <see cref="ErrorCode.CommandFailed"/>: it ran, and the other properties say how. <see cref="ErrorCode.CommandNotStarted"/>: there
    /// was nothing to run. Others: no result is known.
    /// </value>
    public RowenException? Error { get; }

    /// <summary>Whether it ran, exited with 0, and wrote the files that it should.</summary>
    public bool IsSuccess => Error is null;

    /// <summary>What it passed to exit; 0 also if it has not run or a signal ended it.</summary>
    public int ExitCode => _report.ExitCode;

    /// <summary>The signal that ended it; 0 if none did.</summary>
    public int Signal => _report.Signal;

    /// <summary>Whether it was ended because <see cref="CommandItem.TimeLimit"/> was over.</summary>
    public bool IsOverTime => _report.IsOverTime;

    /// <summary>Name of the node on which it ran; empty if it has not.</summary>
    public string NodeName => _report.NodeName;

    /// <summary>How long it ran.</summary>
    public TimeSpan Duration => Ticks(_report.DurationNs);

    /// <summary>Processor time of it and of those of its children that it waited for.</summary>
    public TimeSpan ProcessorTime => Ticks(_report.ProcessorNs);

    /// <summary>Most memory that it, or one of its children, held at once.</summary>
    /// <value>Bytes. Of commands smaller than the executor (some 60 MiB) it is what was seen now and then; 0 if they ended before.</value>
    public long PeakMemoryBytes => _report.PeakMemoryBytes;

    /// <summary>What it printed, as bytes. If that was more than <see cref="CommandItem.MaxOutputBytes"/>, a line says so between its first and its last half.</summary>
    public ReadOnlyMemory<byte> StandardOutput => _report.Output.ToBytes();

    /// <summary>Likewise, of standard error.</summary>
    public ReadOnlyMemory<byte> StandardError => _report.Error.ToBytes();

    /// <summary>How many bytes it printed, whether they were kept or not.</summary>
    public long StandardOutputBytes => _report.Output.TotalBytes;

    /// <summary>Likewise, of standard error.</summary>
    public long StandardErrorBytes => _report.Error.TotalBytes;

    /// <summary>What it printed as text: UTF-8, with a replacement for what is none.</summary>
    public string StandardOutputText => Encoding.UTF8.GetString(StandardOutput.Span);

    /// <summary>Likewise, of standard error.</summary>
    public string StandardErrorText => Encoding.UTF8.GetString(StandardError.Span);

    /// <summary>The files that came back: those of <see cref="CommandItem.FilesOut"/> that it has written.</summary>
    public IReadOnlyList<CommandFile> Files => _report.Files;

    internal CommandReport Report => _report;

    /// <summary>Whether it was started, so that its report says something.</summary>
    internal bool HasRun => _report.NodeName.Length > 0;

    private static TimeSpan Ticks(long ns) => TimeSpan.FromTicks(ns / TimeSpan.NanosecondsPerTick);
}
