using Rowen.Fabric.OperatingSystem;

namespace Rowen.Cli.Benchmarks;

/// <summary>Who runs where: the caller on the lowest core that we may use, the other side on the highest.</summary>
/// <param name="Caller">Core of the calling thread.</param>
/// <param name="Responder">Core of the floors' responder; agents give executors the highest core first.</param>
internal sealed record BenchmarkCores(int Caller, int Responder)
{
    /// <summary>False on a machine with one core, where spinning measures the scheduler.</summary>
    public bool AreApart => Caller != Responder;

    /// <summary>From the cores that this process may run on. Not from a pinned thread.</summary>
    public static BenchmarkCores Choose()
    {
        IReadOnlyList<int> allowed = CpuAffinity.GetAllowed();
        return new BenchmarkCores(allowed[0], allowed[^1]);
    }
}
