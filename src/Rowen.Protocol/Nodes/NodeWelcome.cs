using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Nodes;

/// <summary>The manager's answer to <see cref="NodeJoin"/>. The orders follow on <c>GET /v1/nodes/N1/orders</c>.</summary>
/// <param name="Node">The number of this node; the same again for the same agent.</param>
/// <param name="Epoch">The manager's epoch: its restarts, counted durably.</param>
public sealed record NodeWelcome(NodeId Node, uint Epoch);
