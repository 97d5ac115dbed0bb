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
    public Task<IReadOnlyList<StoredObject>> ListAsync(string prefix = "", CancellationToken cancellationToken = default) =>
        _store.ListAsync(prefix, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default) => _store.DeleteAsync(name, cancellationToken);

    /// <summary>Gives memory back, and with it every object in it; a folder stays.</summary>
    public ValueTask DisposeAsync() => Memory?.DisposeAsync() ?? ValueTask.CompletedTask;
}
