using Rowen.Protocol.ControlMessages;

namespace Rowen.Protocol.Sessions;

/// <summary>The executor's ends of the lanes: one for each leased core.</summary>
/// <param name="Provider">The fabric provider that was chosen.</param>
/// <param name="WhyNotFaster">Why each faster provider was not; empty if the first was chosen.</param>
/// <param name="SlotCount">Slots of each lane.</param>
/// <param name="SlotBytes">Payload bytes of each slot.</param>
/// <param name="HotWindowUs">How long an idle thread polls, in microseconds; -1 for ever, 0 never.</param>
/// <param name="Token">32 random bytes that both ends of every lane present to the fabric. A secret.</param>
/// <param name="Ends">Executor's ends.</param>
public sealed record SessionLanes(
    string Provider,
    string WhyNotFaster,
    int SlotCount,
    int SlotBytes,
    long HotWindowUs,
    byte[] Token,
    IReadOnlyList<LaneEnd> Ends) : IControlMessage<SessionLanes>
{
    /// <summary>Without secrets.</summary>
    public override string ToString() => $"{Ends.Count} lanes over {Provider}";

    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.Text(Provider);
        writer.Text(WhyNotFaster);
        writer.I32(SlotCount);
        writer.I32(SlotBytes);
        writer.I64(HotWindowUs);
        writer.Bytes(Token);
        writer.List(Ends);
    }

    /// <inheritdoc/>
    public static SessionLanes ReadFrom(ref MessageReader reader) => new(
        reader.Text(), reader.Text(), reader.I32(), reader.I32(), reader.I64(), reader.Bytes(), reader.List<LaneEnd>());
}
