namespace Rowen.ObjectStorage;

/// <summary>An object was replaced, changed or removed while somebody read the version that he had found. Nothing of two versions is ever mixed.</summary>
public sealed class ObjectChangedException : IOException
{
    internal ObjectChangedException(string store, string name)
        : base($"'{name}' of {store} was replaced or removed while it was read. Find it anew and read it from its beginning.")
    {
    }
}
