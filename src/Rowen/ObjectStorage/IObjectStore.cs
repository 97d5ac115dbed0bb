namespace Rowen.ObjectStorage;

/// <summary>Named bytes that are written as a whole: files, or memory of the cluster.</summary>
/// <remarks>
/// Thread safety: any thread. An object is replaced at once or not at all: nobody sees half of it. Names have 1 to 200
/// characters, any but control characters; a slash means nothing but to people.
/// </remarks>
public interface IObjectStore
{
    /// <summary>Stores an object, in place of the one of that name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="content">Its bytes, from the stream's position to its end. The stream knows its length, and stays open.</param>
    /// <param name="cancellationToken">Gives up; what was there stays.</param>
    /// <exception cref="ArgumentException">The name is none, or the stream does not know its length.</exception>
    /// <exception cref="IOException">The store is full or fails.</exception>
    public Task PutAsync(string name, Stream content, CancellationToken cancellationToken = default);

    /// <summary>Opens an object.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A stream that knows its length and that the caller disposes; null if there is no such object.</returns>
    /// <exception cref="ArgumentException">The name is none.</exception>
    /// <exception cref="IOException">The store fails.</exception>
    public Task<Stream?> OpenAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Lists objects.</summary>
    /// <param name="prefix">What names begin with; empty for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Objects in the order of their names, by the numbers of their characters.</returns>
    public Task<IReadOnlyList<StoredObject>> ListAsync(string prefix = "", CancellationToken cancellationToken = default);

    /// <summary>Removes an object.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False if there was none.</returns>
    /// <exception cref="ArgumentException">The name is none.</exception>
    /// <exception cref="IOException">The store fails.</exception>
    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default);
}
