using Rowen.Protocol.ControlMessages;

namespace Rowen.Protocol.Sessions;

/// <summary>Asks the executor of a lease on memory for a block.</summary>
/// <param name="Ask">Number of the question; comes back in the answer.</param>
/// <param name="LengthBytes">Bytes that the owner will use; from 1 to 1 TiB.</param>
public sealed record MemoryAsk(int Ask, long LengthBytes) : IControlMessage<MemoryAsk>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.I32(Ask);
        writer.I64(LengthBytes);
    }

    /// <inheritdoc/>
    public static MemoryAsk ReadFrom(ref MessageReader reader) => new(reader.I32(), reader.I64());
}
