namespace Rowen.ObjectStorage;

/// <summary>An object of a store, as it was when the store was asked.</summary>
/// <param name="Name">Its name.</param>
/// <param name="LengthBytes">Its size in bytes.</param>
/// <param name="Version">
/// What changes when the object is replaced: S3's ETag, the time of a file's last change with its length, the number of a put. Means
/// something to the store alone; empty for an object that was not asked for.
/// </param>
public sealed record StoredObject(string Name, long LengthBytes, string Version);
