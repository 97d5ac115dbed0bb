using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Sessions;

/// <summary>What a code package offers, once loaded.</summary>
/// <param name="Ask">Number of the question.</param>
/// <param name="Package">The package.</param>
/// <param name="Functions">Its functions.</param>
/// <param name="Error">Why it could not be loaded; then there are no functions.</param>
public sealed record PackageFunctions(
    int Ask, CodePackageId Package, IReadOnlyList<FunctionDescription> Functions, ErrorAnswer? Error);
