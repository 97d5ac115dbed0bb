using System.Threading.Channels;
using Rowen.Protocol.Nodes;

namespace Rowen.ResourceManager.Nodes;

/// <summary>The orders that wait for one agent to read them. The loop writes, one HTTP answer reads.</summary>
/// <param name="number">Number of the stream.</param>
/// <param name="capacity">Orders that may wait; one more cuts the stream.</param>
internal sealed class OrderStream(long number, int capacity)
{
    private readonly Channel<NodeOrder> _orders = Channel.CreateBounded<NodeOrder>(
        new BoundedChannelOptions(capacity) { SingleReader = true, SingleWriter = true });

    public long Number { get; } = number;

    public ChannelReader<NodeOrder> Orders => _orders.Reader;

    /// <summary>Queues an order. An agent too slow to read is cut off: it comes back, and hears everything again.</summary>
    public bool TryTell(NodeOrder order) => _orders.Writer.TryWrite(order);

    /// <summary>No order comes any more.</summary>
    public void End() => _orders.Writer.TryComplete();
}
