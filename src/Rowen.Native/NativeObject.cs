using Rowen.ObjectStorage;

namespace Rowen.Native;

/// <summary>An object of a store as it was when C opened it.</summary>
internal sealed class NativeObject(NativeStore store, StoredObject found) : IAsyncDisposable
{
    public StoredObject Found => found;

    public Task ReadAsync(long offset, Memory<byte> target) => store.ReadAsync(found, offset, target);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
