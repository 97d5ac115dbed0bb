namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>Where what lies in the pages that the two processes of a floor share.</summary>
/// <remarks>
/// <code>
/// offset          what
/// 64·s            word that the caller publishes for slot s: low 32 bits number of the call, high 32 bits its length
/// 512 + 64·s      the same from the responder
/// 1024, 1088      32-bit words on which responder and caller sleep
/// 4096            input slots, then output slots, each of a whole number of pages
/// </code>
/// Each word has a cache line of its own, so that neither side disturbs the other by anything but its message.
/// </remarks>
internal sealed class FloorLayout
{
    public const int SlotCount = 4;
    public const int RequestWakeOffset = 1024;
    public const int ReplyWakeOffset = 1088;
    private const int LineBytes = 64;
    private const int ReplyWordsOffset = 512;
    private const int PageBytes = 4096;

    private readonly int _slotBytes;

    public FloorLayout(int maxPayloadBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxPayloadBytes);
        _slotBytes = (Math.Max(maxPayloadBytes, 1) + PageBytes - 1) & ~(PageBytes - 1);
    }

    public int TotalBytes => PageBytes + (2 * SlotCount * _slotBytes);

    public static int RequestWord(int slot) => slot * LineBytes;

    public static int ReplyWord(int slot) => ReplyWordsOffset + (slot * LineBytes);

    public int Input(int slot) => PageBytes + (slot * _slotBytes);

    public int Output(int slot) => PageBytes + ((SlotCount + slot) * _slotBytes);
}
