namespace Rowen.Maps;

/// <summary>A map that takes leases by itself, as other maps of the same client see it. Thread safety: any thread.</summary>
internal abstract class LeaseHolder
{
    /// <summary>Cores of the leases that it has.</summary>
    public abstract int HeldCores { get; }

    /// <summary>Whether its items have waited for some time, and it has nothing to run them on.</summary>
    public abstract bool IsStarving { get; }
}
