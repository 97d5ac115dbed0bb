using Rowen.Protocol.Identifiers;

namespace Rowen.NodeAgent.CodePackages;

/// <summary>Fetches an archive and lets somebody read it.</summary>
/// <param name="package">Which.</param>
/// <param name="readAsync">Reads the tar archive.</param>
/// <param name="cancellationToken">Stops it.</param>
internal delegate Task PackageFetch(
    CodePackageId package, Func<Stream, CancellationToken, Task> readAsync, CancellationToken cancellationToken);
