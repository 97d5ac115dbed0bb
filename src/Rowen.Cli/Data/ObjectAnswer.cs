namespace Rowen.Cli.Data;

/// <summary>An object, for programs.</summary>
/// <param name="Store">URI of its store.</param>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Version">What changes when it is replaced.</param>
internal sealed record ObjectAnswer(string Store, string Name, long Bytes, string Version);
