namespace Rowen.NodeAgent.Neighbors;

/// <summary>A process of the job beside which an agent runs.</summary>
/// <param name="Id">Its process id.</param>
/// <param name="Name">Its program, for people.</param>
/// <param name="Cores">Processors that it may run on.</param>
internal sealed record NeighborProcess(int Id, string Name, IReadOnlyList<int> Cores)
{
    /// <summary>Whether somebody has said where it runs: of one that may run everywhere, nobody has.</summary>
    /// <param name="cores">Everything that the job has on this node.</param>
    public bool IsBound(IReadOnlyList<int> cores) => cores.Any(core => !Cores.Contains(core));
}
