using Rowen.Protocol.ControlMessages;

namespace Rowen.Commands;

/// <summary>What a command that runs still has printed since the last such message, for whoever looks on. What counts is its report.</summary>
/// <param name="Index">Position in the run, as its order said.</param>
/// <param name="IsError">On standard error instead of standard output.</param>
/// <param name="At">Where the bytes lie in all that it has printed there: what came before and was not told was too much.</param>
/// <param name="Bytes">At most <see cref="MaxBytes"/>.</param>
/// <remarks>Fields, as <see cref="MessageWriter"/> writes them.</remarks>
internal sealed record CommandPrint(long Index, bool IsError, long At, ReadOnlyMemory<byte> Bytes) : IControlMessage<CommandPrint>
{
    /// <summary>In one message: some screens of text.</summary>
    public const int MaxBytes = 16 * 1024;

    public void WriteTo(MessageWriter writer)
    {
        writer.I64(Index);
        writer.Flag(IsError);
        writer.I64(At);
        writer.Bytes(Bytes.Span);
    }

    public static CommandPrint ReadFrom(ref MessageReader reader) => new(reader.I64(), reader.Flag(), reader.I64(), reader.Bytes());
}
