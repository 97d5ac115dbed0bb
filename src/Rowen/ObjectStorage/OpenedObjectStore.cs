namespace Rowen.ObjectStorage;

/// <summary>An object store that was opened by its URI. Thread safety: any thread; disposed after its last use.</summary>
public sealed class OpenedObjectStore : IObjectStore, IAsyncDisposable
{
    private readonly IObjectStore _store;

    internal OpenedObjectStore(IObjectStore store, RemoteMemory? memory)
    {
        _store = store;
        Memory = memory;
    }

    /// <summary>The memory that holds the objects; null: they are not in memory.</summary>
    public RemoteMemory? Memory { get; }

    /// <inheritdoc/>
    public Task PutAsync(string name, Stream content, CancellationToken cancellationToken = default) => _store.PutAsync(name, content, cancellationToken);

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(string name, CancellationToken cancellationToken = default) => _store.OpenAsync(name, cancellationToken);

    /// <inheritdoc/>
    public Task<Stream> OpenRangeAsync(StoredObject found, long offset, long lengthBytes, CancellationToken cancellationToken = default) =>
        _store.OpenRangeAsync(found, offset, lengthBytes, cancellationToken);

    /// <inheritdoc/>
    public Task<StoredObject?> HeadAsync(string name, CancellationToken cancellationToken = default) => _store.HeadAsync(name, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredObject>> ListAsync(string prefix = "", CancellationToken cancellationToken = default) =>
        _store.ListAsync(prefix, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default) => _store.DeleteAsync(name, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> CopyAsync(string name, string copy, CancellationToken cancellationToken = default) => _store.CopyAsync(name, copy, cancellationToken);

    /// <summary>Ends connections; gives memory back, and with it every object in it. What is in other stores stays.</summary>
    public ValueTask DisposeAsync()
    {
        (_store as IDisposable)?.Dispose();
        return Memory?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
