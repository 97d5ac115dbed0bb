namespace Rowen.ObjectStorage;

/// <summary>Opens the stores of a scheme. Kept apart from Rowen where a scheme needs heavier packages than Rowen itself.</summary>
internal abstract class ObjectStoreProvider
{
    /// <param name="uri">The store's URI, of the provider's scheme.</param>
    /// <param name="access">How it is reached.</param>
    /// <exception cref="ArgumentException">The URI names no store.</exception>
    public abstract IObjectStore Open(string uri, StoreAccess access);
}
