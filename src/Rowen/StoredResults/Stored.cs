using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Rowen.Functions;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.StoredResults;

/// <summary>A result on its way: its bytes, or which object of its map's folder they are. Immutable, but for what its receiver notes.</summary>
/// <typeparam name="T">Of which type the result is.</typeparam>
/// <remarks>
/// As a payload, so that the last byte says which of both it is:
/// <code>
/// small: the value's own payload, then 00
/// large: 8 bytes length, 32 bytes SHA-256, then 01
/// </code>
/// There is no name and no address in it: whoever reads it knows the folder, and a reference that was made up leads nowhere else.
/// </remarks>
[JsonConverter(typeof(StoredJson))]
internal sealed class Stored<T> : IStored
{
    private const byte IsHere = 0;
    private const byte IsObject = 1;
    private const int ReferenceBytes = sizeof(long) + SHA256.HashSizeInBytes + 1;

    private readonly byte[] _payload;

    private Stored(byte[] payload) => _payload = payload;

    /// <summary>Whether the result is an object of a store.</summary>
    public bool IsReference => _payload[^1] == IsObject;

    /// <summary>The value's own payload, where it is here.</summary>
    public ReadOnlySpan<byte> Here => _payload.AsSpan(0, _payload.Length - 1);

    /// <summary>Length of the object.</summary>
    public long LengthBytes => BinaryPrimitives.ReadInt64LittleEndian(_payload);

    /// <summary>What the object's content has to be.</summary>
    public ReadOnlySpan<byte> Sha256 => _payload.AsSpan(sizeof(long), SHA256.HashSizeInBytes);

    /// <summary>All of it as it travels.</summary>
    public byte[] Payload => _payload;

    /// <inheritdoc/>
    public long ObjectBytes => IsReference ? LengthBytes : 0;

    /// <inheritdoc/>
    public LeaseId HeldBy { get; set; }

    /// <summary>A result that travels with its invocation.</summary>
    public static Stored<T> Of(ReadOnlySpan<byte> payload)
    {
        byte[] bytes = new byte[payload.Length + 1]; // the last one is IsHere
        payload.CopyTo(bytes);
        return new Stored<T>(bytes);
    }

    /// <summary>A result that is an object.</summary>
    public static Stored<T> Of(long lengthBytes, ReadOnlySpan<byte> sha256)
    {
        byte[] bytes = new byte[ReferenceBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, lengthBytes);
        sha256.CopyTo(bytes.AsSpan(sizeof(long)));
        bytes[^1] = IsObject;
        return new Stored<T>(bytes);
    }

    /// <summary>What arrived; kept.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.MalformedInput"/>: it is neither.</exception>
    public static Stored<T> Read(byte[] payload)
    {
        bool isSound = payload is [.., IsHere]
            || (payload is [.., IsObject] and { Length: ReferenceBytes } && BinaryPrimitives.ReadInt64LittleEndian(payload) is >= 0 and <= int.MaxValue);
        return isSound ? new Stored<T>(payload) : throw new RowenException(
            ErrorCode.MalformedInput, $"{payload.Length} bytes are no stored {PayloadForms.NameOf(typeof(T))}.");
    }
}
