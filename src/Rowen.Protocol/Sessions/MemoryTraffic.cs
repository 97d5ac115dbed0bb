using Rowen.Protocol.ControlMessages;

namespace Rowen.Protocol.Sessions;

/// <summary>What an owner has read and written of lent memory since it said so last. Its own word: over most fabrics nobody else could count.</summary>
/// <param name="ReadBytes">Bytes read.</param>
/// <param name="WrittenBytes">Bytes written.</param>
public sealed record MemoryTraffic(long ReadBytes, long WrittenBytes) : IControlMessage<MemoryTraffic>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.I64(ReadBytes);
        writer.I64(WrittenBytes);
    }

    /// <inheritdoc/>
    public static MemoryTraffic ReadFrom(ref MessageReader reader) => new(reader.I64(), reader.I64());
}
