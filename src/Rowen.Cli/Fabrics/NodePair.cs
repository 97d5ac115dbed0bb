using Rowen.Protocol.Nodes;

namespace Rowen.Cli.Fabrics;

/// <summary>Whether one node of the cluster reaches another, and over what.</summary>
/// <param name="From">The node that tried.</param>
/// <param name="FromName">Its name.</param>
/// <param name="To">The node that was tried.</param>
/// <param name="ToName">Its name.</param>
/// <param name="Problem">Why nothing could be tried; null if it was.</param>
/// <param name="Chosen">The fabric that lanes would take; null if none reaches.</param>
/// <param name="Findings">Each fabric that was tried, the fastest first.</param>
/// <param name="WhyNotFaster">Why faster ones would not be taken.</param>
internal sealed record NodePair(
    string From,
    string FromName,
    string To,
    string ToName,
    string? Problem,
    string? Chosen,
    IReadOnlyList<FabricReach> Findings,
    IReadOnlyList<string> WhyNotFaster);
