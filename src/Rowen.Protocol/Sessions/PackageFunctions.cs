using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Sessions;

/// <summary>What a code package offers, once loaded.</summary>
/// <param name="Ask">Number of the question.</param>
/// <param name="Package">The package.</param>
/// <param name="Functions">Its functions.</param>
/// <param name="Error">Why it could not be loaded; then there are no functions.</param>
public sealed record PackageFunctions(
    int Ask, CodePackageId Package, IReadOnlyList<FunctionDescription> Functions, ErrorAnswer? Error) : IControlMessage<PackageFunctions>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.I32(Ask);
        writer.Package(Package);
        writer.List(Functions);
        writer.Optional(Error);
    }

    /// <inheritdoc/>
    public static PackageFunctions ReadFrom(ref MessageReader reader) => new(
        reader.I32(), reader.Package(), reader.List<FunctionDescription>(), reader.Optional<ErrorAnswer>());
}
