using Rowen.Commands;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;

namespace Rowen.Runs;

/// <summary>What a run's log keeps of one item: how it ended and what it printed.</summary>
/// <param name="Code">Why it failed; <see cref="ErrorCode.None"/> if it did not.</param>
/// <param name="Message">The same in a sentence, or null.</param>
/// <param name="Report">Without files.</param>
internal sealed record RunRecord(ErrorCode Code, string? Message, CommandReport Report) : IControlMessage<RunRecord>
{
    public static RunRecord Of(CommandOutcome outcome) =>
        new(outcome.Error?.Code ?? ErrorCode.None, outcome.Error?.Message, outcome.Report with { Files = [] });

    public void WriteTo(MessageWriter writer)
    {
        writer.U16((ushort)Code);
        writer.Text(Message);
        Report.WriteTo(writer);
    }

    public static RunRecord ReadFrom(ref MessageReader reader) =>
        new((ErrorCode)reader.U16(), reader.TextOrNone(), CommandReport.ReadFrom(ref reader));
}
