using Rowen.Protocol.ControlMessages;

namespace Rowen.Protocol.Executors;

/// <summary>The executor listens for its lease's owner.</summary>
/// <param name="Addresses">Best first: <c>unix:@name</c>, <c>tcp:host:port</c>.</param>
public sealed record ExecutorReady(IReadOnlyList<string> Addresses) : IControlMessage<ExecutorReady>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.TextList(Addresses);
    }

    /// <inheritdoc/>
    public static ExecutorReady ReadFrom(ref MessageReader reader) => new(reader.TextList());
}
