using Rowen.ObjectStorage;
using Rowen.Protocol.Errors;

namespace Rowen.Native;

/// <summary>An object store that C has opened. Thread safety: any thread.</summary>
internal sealed class NativeStore(OpenedObjectStore store) : IAsyncDisposable
{
    public static async Task<NativeStore> OpenAsync(RowenClient? client, string uri) =>
        new(await FailingAsync(uri, ObjectStoreUri.OpenAsync(uri, client)).ConfigureAwait(false));

    /// <summary>Stores an object, and disposes the stream that it came in.</summary>
    public Task PutAsync(string name, Stream content) => FailingAsync(name, PutItAsync(name, content));

    public Task<StoredObject?> HeadAsync(string name) => FailingAsync(name, store.HeadAsync(name));

    public Task<IReadOnlyList<StoredObject>> ListAsync(string prefix) => FailingAsync(prefix, store.ListAsync(prefix));

    public Task<bool> DeleteAsync(string name) => FailingAsync(name, store.DeleteAsync(name));

    public Task<bool> CopyAsync(string name, string copy) => FailingAsync(name, store.CopyAsync(name, copy));

    /// <summary>Reads a part of an object as it was found.</summary>
    public Task ReadAsync(StoredObject found, long offset, Memory<byte> target) => FailingAsync(found.Name, ReadItAsync(found, offset, target));

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private async Task<bool> PutItAsync(string name, Stream content)
    {
        await using (content.ConfigureAwait(false))
        {
            await store.PutAsync(name, content).ConfigureAwait(false);
        }

        return true;
    }

    private async Task<bool> ReadItAsync(StoredObject found, long offset, Memory<byte> target)
    {
        Stream content = await store.OpenRangeAsync(found, offset, target.Length).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            await content.ReadExactlyAsync(target).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>What a store throws becomes the code that C has for it.</summary>
    private static async Task<T> FailingAsync<T>(string what, Task<T> work)
    {
        try
        {
            return await work.ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw new RowenException(ErrorCode.StoreFailed, $"'{what}': {exception.Message}", exception);
        }
    }
}
