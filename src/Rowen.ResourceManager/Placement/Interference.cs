using Rowen.Protocol.Leases;

namespace Rowen.ResourceManager.Placement;

/// <summary>Which functions and batch jobs slow each other down when they share a node, by what each declares to be bound by.</summary>
/// <remarks>
/// Published measurements (rFaaS, IPDPS'24): a compute-bound job tolerated every neighbor, with 3 % or less; a memory-bound one was slowed by 3 to 12 %, and
/// functions beside it by 28 to 81 %. Traffic of the network passes through the same memory.
/// </remarks>
public static class Interference
{
    /// <summary>Whether two that share a node hurt each other. Who has declared nothing is taken for harmless.</summary>
    public static bool Hurts(BoundBy one, BoundBy other) => NeedsWhatIsShared(one) && NeedsWhatIsShared(other);

    /// <summary>Reads what people write: <c>compute</c>, <c>memory</c> or <c>network</c>.</summary>
    public static bool TryParse(string text, out BoundBy bound)
    {
        bound = text switch { "compute" => BoundBy.Compute, "memory" => BoundBy.Memory, "network" => BoundBy.Network, _ => BoundBy.Unknown };
        return bound != BoundBy.Unknown;
    }

    /// <summary>Writes it as <see cref="TryParse"/> reads it.</summary>
    public static string Write(BoundBy bound) => bound.ToString().ToLowerInvariant();

    /// <summary>How a sentence names it: <c>memory-bound</c>.</summary>
    public static string Name(BoundBy bound) => bound switch
    {
        BoundBy.Unknown => "undeclared",
        _ => $"{Write(bound)}-bound",
    };

    private static bool NeedsWhatIsShared(BoundBy bound) => bound is BoundBy.Memory or BoundBy.Network;
}
