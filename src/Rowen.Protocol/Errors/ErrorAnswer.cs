using Rowen.Protocol.ControlMessages;

namespace Rowen.Protocol.Errors;

/// <summary>How every refusal looks on the wire, in HTTP answers and in control messages.</summary>
/// <param name="Code">What happened.</param>
/// <param name="Message">One sentence: what was attempted, on what, and what to do.</param>
public sealed record ErrorAnswer(ErrorCode Code, string Message) : IControlMessage<ErrorAnswer>
{
    /// <summary>The same as an exception, for callers on this side of the wire.</summary>
    public RowenException ToException() => new(Code, Message);

    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.U16((ushort)Code);
        writer.Text(Message);
    }

    /// <inheritdoc/>
    public static ErrorAnswer ReadFrom(ref MessageReader reader) => new((ErrorCode)reader.U16(), reader.Text());
}
