using System.Globalization;
using System.Text;
using Rowen.Protocol.ControlMessages;

namespace Rowen.Commands;

/// <summary>What was kept of one output stream.</summary>
/// <param name="Bytes">All of it, or its first and its last part, one after the other.</param>
/// <param name="HeadBytes">Where the last part begins; the length of all if nothing was left out.</param>
/// <param name="TotalBytes">How much was printed.</param>
internal sealed record KeptOutput(ReadOnlyMemory<byte> Bytes, int HeadBytes, long TotalBytes) : IControlMessage<KeptOutput>
{
    public static KeptOutput None { get; } = new(default, 0, 0);

    /// <summary>As people read it: where something was left out, a line says how much.</summary>
    public ReadOnlyMemory<byte> ToBytes()
    {
        if (HeadBytes >= Bytes.Length && TotalBytes == Bytes.Length)
        {
            return Bytes;
        }

        return (byte[])[.. Bytes.Span[..HeadBytes], .. NoteOf(TotalBytes - Bytes.Length), .. Bytes.Span[HeadBytes..]];
    }

    /// <summary>The same without what somebody has seen already.</summary>
    /// <param name="position">So many bytes of all that was printed; more than that: of another attempt, and all is given.</param>
    public ReadOnlyMemory<byte> ToBytesFrom(long position)
    {
        long tailAt = TotalBytes - (Bytes.Length - HeadBytes);
        return position <= 0 || position > TotalBytes ? ToBytes()
            : position <= HeadBytes ? ToBytes()[(int)position..]
            : position >= tailAt ? Bytes[(HeadBytes + (int)(position - tailAt))..]
            : (byte[])[.. NoteOf(tailAt - position), .. Bytes.Span[HeadBytes..]];
    }

    /// <summary>What stands where something was left out.</summary>
    public static byte[] NoteOf(long bytes) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\n[rowen: {bytes} bytes were left out here]\n"));

    public void WriteTo(MessageWriter writer)
    {
        writer.I64(TotalBytes);
        writer.I32(HeadBytes);
        writer.Bytes(Bytes.Span);
    }

    public static KeptOutput ReadFrom(ref MessageReader reader)
    {
        long total = reader.I64();
        int head = reader.I32();
        byte[] bytes = reader.Bytes();
        return new(bytes, Math.Clamp(head, 0, bytes.Length), Math.Max(total, bytes.Length));
    }
}
