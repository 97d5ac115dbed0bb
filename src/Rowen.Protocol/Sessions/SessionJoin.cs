namespace Rowen.Protocol.Sessions;

/// <summary>The owner's ends of the lanes, in the same order.</summary>
/// <param name="Ends">Owner's ends.</param>
public sealed record SessionJoin(IReadOnlyList<LaneEnd> Ends);
