using Rowen.Protocol.ControlMessages;

namespace Rowen.Protocol.Sessions;

/// <summary>One side's end of a lane: where it is and which memory the other side writes into.</summary>
/// <param name="Address">The endpoint's fabric address.</param>
/// <param name="Key">Remote key of the memory with the slots. A secret.</param>
/// <param name="LengthBytes">Size of that memory.</param>
public sealed record LaneEnd(byte[] Address, ulong Key, ulong LengthBytes) : IControlMessage<LaneEnd>
{
    /// <summary>Without the key.</summary>
    public override string ToString() => $"lane end with {LengthBytes} bytes";

    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.Bytes(Address);
        writer.U64(Key);
        writer.U64(LengthBytes);
    }

    /// <inheritdoc/>
    public static LaneEnd ReadFrom(ref MessageReader reader) => new(reader.Bytes(), reader.U64(), reader.U64());
}
