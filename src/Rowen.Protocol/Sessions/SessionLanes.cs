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
    IReadOnlyList<LaneEnd> Ends)
{
    /// <summary>Without secrets.</summary>
    public override string ToString() => $"{Ends.Count} lanes over {Provider}";
}
