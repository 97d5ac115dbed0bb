using Rowen.Protocol.ControlMessages;

namespace Rowen.Protocol.Lambdas;

/// <summary>Says that a bound lambda will not be called any more: the executor may forget it and what it captured.</summary>
/// <param name="Index">Its number, which is not given to another.</param>
public sealed record LambdaRelease(uint Index) : IControlMessage<LambdaRelease>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer) => writer.U32(Index);

    /// <inheritdoc/>
    public static LambdaRelease ReadFrom(ref MessageReader reader) => new(reader.U32());
}
