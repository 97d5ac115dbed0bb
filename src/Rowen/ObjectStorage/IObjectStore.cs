namespace Rowen.ObjectStorage;

/// <summary>Named bytes that are written as a whole: files, a bucket, Redis, or memory of the cluster.</summary>
/// <remarks>
/// Thread safety: any thread. An object is replaced at once or not at all: nobody sees half of it, and a reader of an object that is
/// replaced gets the older one to its end, or <see cref="ObjectChangedException"/>. Stores that are reached over a network repeat
/// what failed on the way, later and later, before they give up.
/// <para>Names have 1 to 1024 bytes of UTF-8 without control characters. They are paths: what stands between slashes is not empty,
/// neither <c>.</c> nor <c>..</c>, and has at most 240 bytes.</para>
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

    /// <summary>Opens an object from its first to its last byte.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A stream that knows its length and that the caller disposes; null if there is no such object.</returns>
    /// <exception cref="ArgumentException">The name is none.</exception>
    /// <exception cref="IOException">The store fails; from the stream, too.</exception>
    public Task<Stream?> OpenAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Opens a range of an object that was found before.</summary>
    /// <param name="found">The object: no other version of it is read.</param>
    /// <param name="offset">The first byte, from 0.</param>
    /// <param name="lengthBytes">How many bytes; they lie within the object.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A stream of the range, which knows its length and which the caller disposes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the object.</exception>
    /// <exception cref="ObjectChangedException">The object is another by now, or gone; from the stream, too.</exception>
    /// <exception cref="IOException">The store fails; from the stream, too.</exception>
    public Task<Stream> OpenRangeAsync(StoredObject found, long offset, long lengthBytes, CancellationToken cancellationToken = default);

    /// <summary>Finds an object without reading it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if there is no such object.</returns>
    /// <exception cref="ArgumentException">The name is none.</exception>
    /// <exception cref="IOException">The store fails.</exception>
    public Task<StoredObject?> HeadAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Lists objects.</summary>
    /// <param name="prefix">What names begin with; empty for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Objects in the order of their names, by the numbers of their characters.</returns>
    /// <exception cref="IOException">The store fails.</exception>
    public Task<IReadOnlyList<StoredObject>> ListAsync(string prefix = "", CancellationToken cancellationToken = default);

    /// <summary>Removes an object.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False if there was none.</returns>
    /// <exception cref="ArgumentException">The name is none.</exception>
    /// <exception cref="IOException">The store fails.</exception>
    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Stores an object under a second name, in place of the one of that name, without a trip to the caller where the store can.</summary>
    /// <param name="name">The object's name.</param>
    /// <param name="copy">The second name.</param>
    /// <param name="cancellationToken">Gives up; what was there stays.</param>
    /// <returns>False if there is no such object.</returns>
    /// <exception cref="ArgumentException">A name is none.</exception>
    /// <exception cref="IOException">The store is full or fails.</exception>
    public Task<bool> CopyAsync(string name, string copy, CancellationToken cancellationToken = default);
}
