using Rowen.Protocol.Nodes;

namespace Rowen.Cli.Calls;

/// <summary>How much memory a call leases where the user does not say.</summary>
internal static class CallMemory
{
    // A lease's own default is a core's share: on a node of few cores that is most of it, for one call that may need nothing.
    private const long UsualBytes = 1L << 30;

    /// <summary>The usual amount, or a core's share of the roomiest node where that is less.</summary>
    public static long Choose(IEnumerable<NodeView> nodes)
    {
        long share = nodes.Where(node => node.State == "up" && node.Cores > 0).Select(node => node.MemoryBytes / node.Cores)
            .DefaultIfEmpty(UsualBytes).Max();
        return Math.Min(UsualBytes, share);
    }
}
