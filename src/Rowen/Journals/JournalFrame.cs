namespace Rowen.Journals;

/// <summary>What stands before the records of one commit, which are written and made durable together.</summary>
/// <param name="Sequence">Number of the frame in its journal, from 1.</param>
/// <param name="BodyBytes">Bytes of records that follow.</param>
/// <param name="BodyChecksum">Theirs, salted.</param>
/// <remarks>
/// The next frame is written only when this one is on the disk: of all frames, only the last can be torn. An unreadable one
/// that has a successor is therefore damaged.
/// <code>
/// offset  size  field          little-endian
///      0     4  Magic          "RWFR"
///      4     4  BodyBytes      from 1 to 16 MiB
///      8     8  Sequence
///     16     4  BodyChecksum   CRC-32C of the body, salted
///     20     4  Checksum       CRC-32C of bytes 0 to 19, salted
/// </code>
/// </remarks>
internal readonly record struct JournalFrame(ulong Sequence, int BodyBytes, uint BodyChecksum)
{
    public const int SizeBytes = FrameHead.SizeBytes;

    public const int MaxBodyBytes = 16 << 20;

    public static ReadOnlySpan<byte> Magic => "RWFR"u8;

    public void Write(Span<byte> bytes, uint salt) => new FrameHead(Sequence, BodyBytes, BodyChecksum).Write(bytes, Magic, salt);

    /// <returns>False if no frame of this journal begins here.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, uint salt, out JournalFrame frame)
    {
        bool isHead = FrameHead.TryRead(bytes, Magic, salt, out FrameHead head);
        frame = new JournalFrame(head.Number, head.BodyBytes, head.BodyChecksum);
        return isHead && frame.BodyBytes is > 0 and <= MaxBodyBytes;
    }
}
