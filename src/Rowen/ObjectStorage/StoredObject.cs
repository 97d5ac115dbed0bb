namespace Rowen.ObjectStorage;

/// <summary>An object of a store.</summary>
/// <param name="Name">Its name.</param>
/// <param name="LengthBytes">Its size in bytes.</param>
public sealed record StoredObject(string Name, long LengthBytes);
