using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;

namespace Rowen.Protocol.Executors;

/// <summary>The lease ends.</summary>
/// <param name="GraceMs">How long running invocations may still finish, in milliseconds.</param>
/// <param name="Code">Why.</param>
/// <param name="Why">Why, in a sentence for the owner.</param>
/// <param name="IsUrgent">Whether somebody waits for the node: then user code has no turn any more once the grace is over.</param>
public sealed record ExecutorEnding(long GraceMs, ErrorCode Code, string Why, bool IsUrgent = false) : IControlMessage<ExecutorEnding>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.I64(GraceMs);
        writer.U16((ushort)Code);
        writer.Text(Why);
        writer.Flag(IsUrgent);
    }

    /// <inheritdoc/>
    public static ExecutorEnding ReadFrom(ref MessageReader reader) => new(reader.I64(), (ErrorCode)reader.U16(), reader.Text(), reader.Flag());
}
