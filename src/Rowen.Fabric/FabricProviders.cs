using Rowen.Fabric.SharedMemory;
using Rowen.Fabric.Tcp;

namespace Rowen.Fabric;

/// <summary>The providers that this build has.</summary>
public static class FabricProviders
{
    /// <summary>All of them, the fastest first.</summary>
    public static IReadOnlyList<FabricProvider> FastestFirst { get; } = [new SharedMemoryProvider(), new TcpProvider()];

    /// <summary>The provider of a name.</summary>
    /// <param name="name">As users type it.</param>
    /// <returns>The provider, or null if this build has none of that name.</returns>
    public static FabricProvider? ByNameOrNone(string name) =>
        FastestFirst.FirstOrDefault(provider => string.Equals(provider.Name, name, StringComparison.Ordinal));
}
