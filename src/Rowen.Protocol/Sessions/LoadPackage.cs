using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Sessions;

/// <summary>Asks the executor to load a code package, which the manager already has.</summary>
/// <param name="Ask">Number of the question; comes back in the answer.</param>
/// <param name="Package">The package.</param>
public sealed record LoadPackage(int Ask, CodePackageId Package);
