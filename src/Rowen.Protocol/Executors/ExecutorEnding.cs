using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;

namespace Rowen.Protocol.Executors;

/// <summary>The lease ends.</summary>
/// <param name="GraceMs">How long running invocations may still finish, in milliseconds.</param>
/// <param name="Code">Why.</param>
/// <param name="Why">Why, in a sentence for the owner.</param>
public sealed record ExecutorEnding(long GraceMs, ErrorCode Code, string Why) : IControlMessage<ExecutorEnding>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.I64(GraceMs);
        writer.U16((ushort)Code);
        writer.Text(Why);
    }

    /// <inheritdoc/>
    public static ExecutorEnding ReadFrom(ref MessageReader reader) => new(reader.I64(), (ErrorCode)reader.U16(), reader.Text());
}
