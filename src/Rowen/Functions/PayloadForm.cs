namespace Rowen.Functions;

/// <summary>One way to turn values into bytes and back.</summary>
internal abstract class PayloadForm<T>
{
    public abstract ReadOnlySpan<byte> Encode(T value);

    public abstract T Decode(ReadOnlySpan<byte> payload);
}
