using Rowen.Functions;

namespace Rowen.StoredResults;

/// <summary>How stored results travel.</summary>
internal sealed class StoredForm<T> : PayloadForm<Stored<T>>
{
    public override ReadOnlySpan<byte> Encode(Stored<T> value) => value.Payload;

    public override Stored<T> Decode(ReadOnlySpan<byte> payload) => Stored<T>.Read(payload.ToArray());
}
