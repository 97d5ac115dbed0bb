using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.Maps;

/// <summary>
/// The executor that this program's functions run in, if they do: a map that such a function begins runs its items here too,
/// on the core that would only wait for them. So a pool whose every core waits for another map goes on.
/// </summary>
/// <remarks>Thread safety: any thread.</remarks>
internal abstract class HomeExecutor
{
    private static HomeExecutor? s_current;

    /// <summary>Null outside of executors. Set by the executor, when it begins to serve a lease.</summary>
    public static HomeExecutor? OrNone
    {
        get => Volatile.Read(ref s_current);
        set => Volatile.Write(ref s_current, value);
    }

    /// <summary>What is known of the lease here: its id, its node's name, its memory.</summary>
    public abstract LeaseView Lease { get; }

    /// <summary>Whether a code package is loaded here.</summary>
    public abstract bool Has(CodePackageId package);

    /// <summary>A function as an invocation would find it: nothing of the caller's objects is shared with it.</summary>
    /// <param name="package">Loaded if it is not yet; the manager must have it.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="lambda">What to make it of; null if the package has it by its name.</param>
    /// <exception cref="RowenException">The package cannot be loaded, or has no such function.</exception>
    public abstract HomeFunction Bind(CodePackageId package, string name, byte[]? lambda);
}
