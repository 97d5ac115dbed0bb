using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;

namespace Rowen.NodeAgent.Executors;

/// <summary>Turns what is known about an executor's end into a code and a sentence for the lease's owner.</summary>
internal static class ExitAnalysis
{
    private const int MaxQuoteLength = 240;
    private const int MaxWordsLength = 1000;

    /// <summary>Explains.</summary>
    public static ErrorAnswer Explain(ExitEvidence evidence)
    {
        string who = evidence.Lease == default
            ? $"A pooled executor on node {evidence.NodeName}"
            : $"The executor of {evidence.Lease} on node {evidence.NodeName}";
        string hint = evidence.Lease == default ? string.Empty : $" What it printed: rowen logs {evidence.Lease} (and --stream err).";
        if (evidence.IsOutOfMemory)
        {
            return new(
                ErrorCode.OutOfMemory,
                $"{who} exceeded its memory: it held {evidence.PeakBytes >> 20} MiB, its limit is {evidence.LimitBytes >> 20} MiB. "
                + $"Lease more memory.{hint}");
        }

        if (evidence.LastWords is { } words)
        {
            return new(words.Code, $"{who} ended itself: {Printable(words.Why, MaxWordsLength).TrimEnd('.')}.{hint}");
        }

        if (evidence.KillReason is { } reason)
        {
            return new(reason.Code, $"{who} was killed: {reason.Message.TrimEnd('.')}.{hint}");
        }

        string quote = Quote(evidence.ErrorTail);
        return evidence.Exit.Signal switch
        {
            0 when evidence.Exit.ExitCode == ChildProcessExit.UnknownCode => new(
                ErrorCode.ExecutorCrashed, $"{who} ended; how is unknown, because this process ignores SIGCHLD.{quote}{hint}"),
            0 => new(
                ErrorCode.FunctionExitedProcess,
                $"{who} exited with code {evidence.Exit.ExitCode}: a function ended the process by itself.{quote}{hint}"),
            (int)ProcessSignal.Kill => new(
                ErrorCode.ExecutorCrashed,
                $"{who} was killed by SIGKILL from outside: by a person, the batch system, or a node without memory.{quote}{hint}"),
            int signal => new(
                ErrorCode.ExecutorCrashed,
                $"{who} died of {ProcessControl.NameOf(signal)}{Meaning(signal)}.{quote}{hint}"),
        };
    }

    private static string Meaning(int signal) => (ProcessSignal)signal switch
    {
        ProcessSignal.Abort => " (abort: an unhandled exception, a stack overflow, or native code that gave up)",
        ProcessSignal.SegmentationFault => " (an invalid memory access in native code)",
        ProcessSignal.BusError => " (memory that is not there: a truncated file, or a full /dev/shm)",
        ProcessSignal.IllegalInstruction => " (an instruction that this processor does not have)",
        ProcessSignal.ArithmeticError => " (an arithmetic error in native code)",
        _ => string.Empty,
    };

    /// <summary>The line that says most: how .NET announces a fatal error, else the last line.</summary>
    private static string Quote(string tail)
    {
        string[] lines = tail.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        int first = Array.FindIndex(lines, text => text.StartsWith("Unhandled exception", StringComparison.Ordinal)
            || text.StartsWith("Stack overflow", StringComparison.Ordinal)
            || text.StartsWith("Process terminated", StringComparison.Ordinal)
            || text.StartsWith("Fatal error", StringComparison.Ordinal));
        string? line = first >= 0 ? lines[first] : lines.LastOrDefault();
        if (line is null)
        {
            return string.Empty;
        }

        string next = line == "Fatal error." && first + 1 < lines.Length ? $" {lines[first + 1]}" : string.Empty; // what it was
        return $" It printed: \"{Printable(line + next, MaxQuoteLength)}\".";
    }

    /// <summary>User code chose these words: they must not move a terminal's cursor, nor fill a table.</summary>
    private static string Printable(string text, int maxLength) =>
        new([.. text.Where(letter => !char.IsControl(letter)).Take(maxLength)]);
}
