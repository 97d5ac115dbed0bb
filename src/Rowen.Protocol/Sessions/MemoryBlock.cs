using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;

namespace Rowen.Protocol.Sessions;

/// <summary>A block of lent memory, zeroed; or word that it was taken back; or why not.</summary>
/// <param name="Ask">Number of the question.</param>
/// <param name="Key">Remote key of the block. A secret.</param>
/// <param name="LengthBytes">
/// Size of the block with its last page, whose first eight bytes are zero once the block is not lent any more. Zero if
/// the block was taken back.
/// </param>
/// <param name="Error">Why there is none.</param>
public sealed record MemoryBlock(int Ask, ulong Key, ulong LengthBytes, ErrorAnswer? Error) : IControlMessage<MemoryBlock>
{
    /// <summary>Without the key.</summary>
    public override string ToString() => $"block of {LengthBytes} bytes";

    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.I32(Ask);
        writer.U64(Key);
        writer.U64(LengthBytes);
        writer.Optional(Error);
    }

    /// <inheritdoc/>
    public static MemoryBlock ReadFrom(ref MessageReader reader) =>
        new(reader.I32(), reader.U64(), reader.U64(), reader.Optional<ErrorAnswer>());
}
