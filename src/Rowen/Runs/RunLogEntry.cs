using Rowen.Journals;

namespace Rowen.Runs;

/// <summary>What stands before each item's record: with it a reader goes from item to item without reading what they printed.</summary>
/// <param name="Index">The item.</param>
/// <param name="BodyBytes">Bytes of the record that follows.</param>
/// <param name="BodyChecksum">Theirs, salted.</param>
/// <remarks>
/// <code>
/// offset  size  field          little-endian
///      0     4  Magic          "RWIT"
///      4     4  BodyBytes
///      8     8  Index          from 0
///     16     4  BodyChecksum   CRC-32C of the body, salted
///     20     4  Checksum       CRC-32C of bytes 0 to 19, salted
/// </code>
/// </remarks>
internal readonly record struct RunLogEntry(long Index, int BodyBytes, uint BodyChecksum)
{
    public const int SizeBytes = FrameHead.SizeBytes;

    public static ReadOnlySpan<byte> Magic => "RWIT"u8;

    public void Write(Span<byte> bytes, uint salt) => new FrameHead((ulong)Index, BodyBytes, BodyChecksum).Write(bytes, Magic, salt);

    /// <returns>False if no record of this log begins here.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, uint salt, out RunLogEntry entry)
    {
        bool isHead = FrameHead.TryRead(bytes, Magic, salt, out FrameHead head);
        entry = new RunLogEntry((long)head.Number, head.BodyBytes, head.BodyChecksum);
        return isHead && entry is { BodyBytes: >= 0, Index: >= 0 };
    }
}
