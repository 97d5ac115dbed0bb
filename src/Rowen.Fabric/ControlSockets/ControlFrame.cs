using System.Buffers.Binary;

namespace Rowen.Fabric.ControlSockets;

/// <summary>The 8 bytes in front of every message on a control socket.</summary>
/// <remarks>
/// <code>
/// offset  size  field          little-endian
///      0     2  Magic          'R' 'W'
///      2     1  Version        currently 1; a peer that speaks another is refused
///      3     1  Kind           meaning is the conversation's; 0 is a heartbeat without payload
///      4     4  PayloadBytes   bytes that follow, at most 1 MiB
/// </code>
/// </remarks>
/// <param name="Version">Version of the conversation.</param>
/// <param name="Kind">What the payload is.</param>
/// <param name="PayloadBytes">Bytes that follow this header.</param>
public readonly record struct ControlFrame(byte Version, byte Kind, int PayloadBytes)
{
    /// <summary>Size on the wire, in bytes.</summary>
    public const int SizeBytes = 8;

    /// <summary>The version that this code speaks.</summary>
    public const byte CurrentVersion = 1;

    /// <summary>The most that one message may carry, in bytes.</summary>
    public const int MaxPayloadBytes = 1 << 20;

    /// <summary>Kind of a frame that only says "I live".</summary>
    public const byte Heartbeat = 0;

    /// <summary>Writes the header to the first <see cref="SizeBytes"/> bytes.</summary>
    /// <param name="target">At least <see cref="SizeBytes"/> long.</param>
    public void Write(Span<byte> target)
    {
        target = target[..SizeBytes];
        target[0] = (byte)'R';
        target[1] = (byte)'W';
        target[2] = Version;
        target[3] = Kind;
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], PayloadBytes);
    }

    /// <summary>Reads a header that a peer wrote; never throws on hostile bytes.</summary>
    /// <param name="source">At least <see cref="SizeBytes"/> bytes, or the answer is false.</param>
    /// <param name="frame">The header. Its version may be another than ours: refuse it with both numbers.</param>
    /// <returns>False if these bytes are not Rowen's, or promise more than <see cref="MaxPayloadBytes"/>.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out ControlFrame frame)
    {
        frame = default;
        if (source.Length < SizeBytes || source[0] != (byte)'R' || source[1] != (byte)'W')
        {
            return false;
        }

        int payloadBytes = BinaryPrimitives.ReadInt32LittleEndian(source[4..]);
        if (payloadBytes is < 0 or > MaxPayloadBytes)
        {
            return false;
        }

        frame = new ControlFrame(source[2], source[3], payloadBytes);
        return true;
    }
}
