namespace Rowen.ObjectStorage;

/// <summary>An object of a source.</summary>
/// <param name="Store">URI of its store.</param>
/// <param name="Found">The object.</param>
public sealed record SourceObject(string Store, StoredObject Found);
