using Rowen.Protocol.ControlMessages;

namespace Rowen.Protocol.Sessions;

/// <summary>The owner's ends of the lanes, in the same order.</summary>
/// <param name="Ends">Owner's ends.</param>
public sealed record SessionJoin(IReadOnlyList<LaneEnd> Ends) : IControlMessage<SessionJoin>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.List(Ends);
    }

    /// <inheritdoc/>
    public static SessionJoin ReadFrom(ref MessageReader reader) => new(reader.List<LaneEnd>());
}
