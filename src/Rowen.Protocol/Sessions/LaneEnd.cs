namespace Rowen.Protocol.Sessions;

/// <summary>One side's end of a lane: where it is and which memory the other side writes into.</summary>
/// <param name="Address">The endpoint's fabric address.</param>
/// <param name="Key">Remote key of the memory with the slots. A secret.</param>
/// <param name="LengthBytes">Size of that memory.</param>
public sealed record LaneEnd(byte[] Address, ulong Key, ulong LengthBytes)
{
    /// <summary>Without the key.</summary>
    public override string ToString() => $"lane end with {LengthBytes} bytes";
}
