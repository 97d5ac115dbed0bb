namespace Rowen.Fabric;

/// <summary>One way to move bytes: shared memory, TCP, libfabric, or the simulated network of the tests.</summary>
/// <remarks>Thread safety: any thread. Providers hold no state that must be ended.</remarks>
public abstract class FabricProvider
{
    /// <summary>The name that users see and type: <c>shm</c>, <c>tcp</c>, <c>ofi</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Why connections of this machine do not use it unless somebody asks for it by name; null if they do.</summary>
    public virtual string? WhyNotByItself => null;

    /// <summary>Opens an endpoint: the place where completions of some connections arrive.</summary>
    /// <param name="options">How peers reach it.</param>
    /// <returns>An endpoint that the caller owns and disposes.</returns>
    /// <exception cref="IOException">The system refused a socket or memory; the message says which.</exception>
    public abstract FabricEndpoint OpenEndpoint(EndpointOptions options);
}
