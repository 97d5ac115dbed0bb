using Rowen.Protocol.CodePackages;
using Rowen.Protocol.Identifiers;

namespace Rowen.NodeAgent.CodePackages;

/// <summary>How parts of packages are fetched.</summary>
/// <param name="ManifestAsync">The text that says of what a package consists.</param>
/// <param name="FilesAsync">Fetches the archive of some files of a package and lets somebody read it.</param>
internal sealed record PackageParts(
    Func<CodePackageId, CancellationToken, Task<byte[]>> ManifestAsync,
    Func<CodePackageId, CodePackageManifest, Func<Stream, CancellationToken, Task>, CancellationToken, Task> FilesAsync);
