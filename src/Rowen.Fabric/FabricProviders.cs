using Rowen.Fabric.Libfabric;
using Rowen.Fabric.SharedMemory;
using Rowen.Fabric.Tcp;

namespace Rowen.Fabric;

/// <summary>The providers that this build has.</summary>
public static class FabricProviders
{
    /// <summary>All of them, the fastest first: libfabric is, where there is a network for it (<see cref="FabricOffer"/> knows), and only there.</summary>
    public static IReadOnlyList<FabricProvider> FastestFirst { get; } = [new SharedMemoryProvider(), new OfiProvider(), new TcpProvider()];

    /// <summary>The provider of a name.</summary>
    /// <param name="name">As users type it.</param>
    /// <returns>The provider, or null if this build has none of that name.</returns>
    public static FabricProvider? ByNameOrNone(string name) =>
        FastestFirst.FirstOrDefault(provider => string.Equals(provider.Name, name, StringComparison.Ordinal));

    /// <summary>
    /// Begins what providers need once in a process and what takes the kernel a while (for <c>shm</c>, some 25 ms to register
    /// for process barriers), so that the first connection does not wait for it. Returns at once; may be called again.
    /// </summary>
    public static void PrepareInBackground() =>
        new Thread(static () => _ = OperatingSystem.ProcessBarrier.IsAvailable) { Name = "rowen-barriers", IsBackground = true }.Start();
}
