using System.Globalization;
using System.Text;
using Rowen.Cli.Calls;
using Rowen.Commands;
using Rowen.Jobs;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Jobs;

/// <summary>Makes answers of what a journal says about items.</summary>
internal sealed class ItemReading(JobFiles files, JobResults results)
{
    private JobHistory History => results.History;

    private bool IsCommand => History.Description!.Command is not null;

    /// <summary>All that is known of an item.</summary>
    /// <param name="item">Position in the input.</param>
    /// <param name="withInput">Whether to look up the item itself, which reads the file of items up to there.</param>
    public ItemAnswer Read(long item, bool withInput)
    {
        var answer = new ItemAnswer
        {
            Item = item,
            State = History.States[(int)item].ToString(),
            Input = withInput ? InputOf(item) : null,
        };
        return History.States[(int)item] switch
        {
            ItemState.Done when IsCommand => WithReport(WithPlace(answer, History[item]), item),
            ItemState.Done => WithResult(WithPlace(answer, History[item]), item),
            ItemState.Failed when IsCommand => WithReport(WithFault(WithPlace(answer, History[item]), results.ReadFault(item)), item),
            ItemState.Failed => WithFault(WithPlace(answer, History[item]), results.ReadFault(item)),
            _ => answer,
        };
    }

    /// <summary>The item as it was submitted; where it is no text, its length.</summary>
    public string InputOf(long item)
    {
        JobItems items = History.Description!.Items;
        if (items.IsRange)
        {
            return (items.First + item).ToString(CultureInfo.InvariantCulture);
        }

        byte[] bytes = ItemFile.Read(files.Items).ElementAtOrDefault((int)item)
            ?? throw new RowenException(ErrorCode.JobDamaged, $"The items {files.Items} end before item {item}.");
        return items.AreText ? Encoding.UTF8.GetString(bytes) : Text(bytes, History.Types?.Input) ?? $"{bytes.Length} bytes";
    }

    private ItemAnswer WithPlace(ItemAnswer answer, SettledItem settled)
    {
        JobLane? lane = History.Lanes.GetValueOrDefault((settled.Run, settled.Record.Lane));
        return answer with
        {
            Run = settled.Run,
            Lane = settled.Record.Lane,
            Lease = lane?.Lease,
            Node = lane?.Node,
            StartedAt = new DateTimeOffset(settled.Record.StartedAt, TimeSpan.Zero),
            DurationMs = TimeSpan.FromTicks(settled.Record.DurationTicks).TotalMilliseconds,
            Attempts = settled.Record.Attempts == 0 ? null : settled.Record.Attempts,
        };
    }

    private ItemAnswer WithResult(ItemAnswer answer, long item)
    {
        byte[] bytes = results.ReadResult(item);
        string? text = Text(bytes, History.Types?.Output);
        return answer with { Text = text, Base64 = text is null ? Convert.ToBase64String(bytes) : null };
    }

    /// <summary>The result of a command is what it printed.</summary>
    private ItemAnswer WithReport(ItemAnswer answer, long item) => results.ReadReportOrNone(item) is { } report
        ? answer with { ExitCode = report.Signal == 0 ? report.ExitCode : null, Signal = report.Signal == 0 ? null : report.Signal, Text = PrintedBy(item, report) }
        : answer;

    private static string PrintedBy(long item, CommandReport report) =>
        new CommandOutcome(item, report, error: null).StandardOutputText.TrimEnd('\n');

    private static ItemAnswer WithFault(ItemAnswer answer, JobFault fault) => answer with
    {
        Error = fault.Code,
        Message = fault.Message,
        RemoteType = fault.Thrown?.TypeName,
        RemoteStack = fault.Story,
    };

    private static string? Text(byte[] bytes, string? type) =>
        (type is null ? null : TextForms.Find(type)?.FormatOrNone(bytes)) ?? CallAnswer.TextOrNone(bytes);
}
