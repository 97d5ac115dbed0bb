using System.Security.Cryptography;

namespace Rowen.Fabric.Tcp;

/// <summary>The first 40 bytes of a data socket: the initiator's token, and the acceptor's consent.</summary>
/// <remarks>
/// <code>
/// offset  size  field
///      0     2  Magic     'R' 'T'
///      2     1  Version   currently 1
///      3     1  Kind      0x80 the initiator greets, 0x81 the acceptor agrees
///      4     4  zero
///      8    32  Token     kind 0x80: what both sides hold; kind 0x81: zero
/// </code>
/// </remarks>
internal static class TcpGreeting
{
    public const int SizeBytes = 40;

    private const byte InitiatorKind = 0x80;
    private const byte AcceptorKind = 0x81;
    private const int TokenOffset = 8;

    public static void WriteInitiator(Span<byte> target, ReadOnlySpan<byte> token)
    {
        WriteHead(target, InitiatorKind);
        token[..ConnectRequest.TokenSizeBytes].CopyTo(target[TokenOffset..]);
    }

    public static void WriteAcceptor(Span<byte> target) => WriteHead(target, AcceptorKind);

    /// <summary>Whether the bytes greet with this token. Compares the token in constant time.</summary>
    public static bool IsInitiator(ReadOnlySpan<byte> source, ReadOnlySpan<byte> token) =>
        HasHead(source, InitiatorKind) && CryptographicOperations.FixedTimeEquals(source[TokenOffset..], token);

    public static bool IsAcceptor(ReadOnlySpan<byte> source) =>
        HasHead(source, AcceptorKind) && !source[TokenOffset..].ContainsAnyExcept((byte)0);

    private static void WriteHead(Span<byte> target, byte kind)
    {
        target[..SizeBytes].Clear();
        target[0] = (byte)'R';
        target[1] = (byte)'T';
        target[2] = TcpFrame.Version;
        target[3] = kind;
    }

    private static bool HasHead(ReadOnlySpan<byte> source, byte kind) => source.Length == SizeBytes
        && source[..4].SequenceEqual([(byte)'R', (byte)'T', TcpFrame.Version, kind])
        && !source[4..TokenOffset].ContainsAnyExcept((byte)0);
}
