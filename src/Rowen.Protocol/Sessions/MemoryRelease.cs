using Rowen.Protocol.ControlMessages;

namespace Rowen.Protocol.Sessions;

/// <summary>Gives a block of lent memory back.</summary>
/// <param name="Ask">Number of the question; comes back in the answer.</param>
/// <param name="Key">Remote key of the block. A secret.</param>
public sealed record MemoryRelease(int Ask, ulong Key) : IControlMessage<MemoryRelease>
{
    /// <summary>Without the key.</summary>
    public override string ToString() => $"release {Ask}";

    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.I32(Ask);
        writer.U64(Key);
    }

    /// <inheritdoc/>
    public static MemoryRelease ReadFrom(ref MessageReader reader) => new(reader.I32(), reader.U64());
}
