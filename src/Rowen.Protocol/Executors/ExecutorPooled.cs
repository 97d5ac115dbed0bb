using Rowen.Protocol.ControlMessages;

namespace Rowen.Protocol.Executors;

/// <summary>An executor waits for a lease, and listens for the owners of its leases already.</summary>
/// <param name="Addresses">Best first: <c>unix:@name</c>, <c>tcp:host:port</c>.</param>
public sealed record ExecutorPooled(IReadOnlyList<string> Addresses) : IControlMessage<ExecutorPooled>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.TextList(Addresses);
    }

    /// <inheritdoc/>
    public static ExecutorPooled ReadFrom(ref MessageReader reader) => new(reader.TextList());
}
