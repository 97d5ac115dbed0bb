namespace Rowen.Fabric.SharedMemory;

/// <summary>Moves bytes between processes of one machine: nameless memory files, spinning, then a futex. Linux only.</summary>
public sealed class SharedMemoryProvider : FabricProvider
{
    /// <inheritdoc/>
    public override string Name => "shm";

    /// <inheritdoc/>
    public override FabricEndpoint OpenEndpoint(EndpointOptions options) => new SharedMemoryEndpoint(this, options);
}
