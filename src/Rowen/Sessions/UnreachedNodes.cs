using System.Collections.Concurrent;
using Rowen.Protocol.Identifiers;

namespace Rowen.Sessions;

/// <summary>
/// Nodes that libfabric chose by itself and then did not reach: the next lease there goes without it at once, and says why. The wait
/// for a network that opens and lets nothing through is paid once a minute, not with each lease.
/// </summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class UnreachedNodes(TimeProvider time)
{
    /// <summary>A cable that was put back is found a minute later.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    /// <summary>Beyond it nodes are tried each time: more of a cluster without its network is not worth room.</summary>
    private const int MaxCount = 4096;

    private readonly ConcurrentDictionary<NodeId, (string Why, long At)> _nodes = new();

    /// <summary>Why libfabric is not tried with a node; null if it is.</summary>
    public string? WhyOrNone(NodeId node)
    {
        if (!_nodes.TryGetValue(node, out (string Why, long At) failure))
        {
            return null;
        }

        if (time.GetElapsedTime(failure.At) < Memory)
        {
            return failure.Why;
        }

        _nodes.TryRemove(new(node, failure));
        return null;
    }

    /// <summary>libfabric has failed with a node, and another provider has not.</summary>
    public void Remember(NodeId node, string why)
    {
        if (_nodes.Count < MaxCount || _nodes.ContainsKey(node))
        {
            _nodes[node] = (why, time.GetTimestamp());
        }
    }
}
