using System.Globalization;
using System.Text;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;

namespace Rowen.Commands;

/// <summary>Whether a command has failed, and how that is said.</summary>
internal static class CommandFailure
{
    private const int MaxQuoteLength = 600;
    private const int MaxCommandLength = 120;

    /// <summary>Judges a report.</summary>
    public static CommandOutcome Judge(long index, CommandItem item, CommandReport report) =>
        new(index, report, FaultOrNone(item, report) is { } fault
            ? new RowenException(ErrorCode.CommandFailed, $"'{Line(item)}' on node {report.NodeName} {fault}.{Quote(report.Error)}")
            : null);

    /// <summary>What failures have in common, such as <c>exit code 3</c>.</summary>
    public static string KindOf(CommandOutcome outcome) => outcome.Error!.Code switch
    {
        ErrorCode.CommandFailed when outcome.IsOverTime => "time was over",
        ErrorCode.CommandFailed when outcome.Signal != 0 => ProcessControl.NameOf(outcome.Signal),
        ErrorCode.CommandFailed when outcome.ExitCode != 0 => string.Create(CultureInfo.InvariantCulture, $"exit code {outcome.ExitCode}"),
        ErrorCode.CommandFailed => "file missing",
        ErrorCode.CommandNotStarted => "not started",
        ErrorCode code => code.ToString(),
    };

    private static string? FaultOrNone(CommandItem item, CommandReport report)
    {
        if (report.IsOverTime)
        {
            return string.Create(CultureInfo.InvariantCulture, $"was ended: its time of {item.TimeLimit.TotalSeconds:0.###} s was over");
        }

        if (report.Signal != 0)
        {
            return $"was ended by {ProcessControl.NameOf(report.Signal)}";
        }

        if (report.ExitCode != 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"exited with code {report.ExitCode}");
        }

        string[] missing = [.. item.FilesOut.Except(report.Files.Select(file => file.Path), StringComparer.Ordinal)];
        return missing.Length == 0 ? null : $"exited with code 0, but has not written {string.Join(", ", missing)}";
    }

    /// <summary>The command as one would type it; no more than a line.</summary>
    private static string Line(CommandItem item)
    {
        string line = Printable(string.Join(' ', item.Arguments));
        return line.Length <= MaxCommandLength ? line : line[..MaxCommandLength] + "…";
    }

    /// <summary>The end of standard error: there programs say why.</summary>
    private static string Quote(KeptOutput error)
    {
        ReadOnlySpan<byte> end = error.Bytes.Span;
        string text = Encoding.UTF8.GetString(end[Math.Max(0, end.Length - MaxQuoteLength)..]).TrimEnd();
        string[] lines = text.Split('\n');
        string tail = string.Join(" | ", lines.TakeLast(4).Select(Printable));
        return tail.Length == 0 ? string.Empty : $" It printed: {tail}";
    }

    /// <summary>The program chose these words: they must not move a terminal's cursor.</summary>
    private static string Printable(string text) => new([.. text.Where(letter => !char.IsControl(letter))]);
}
