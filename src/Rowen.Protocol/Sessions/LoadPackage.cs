using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Sessions;

/// <summary>Asks the executor to load a code package, which the manager already has.</summary>
/// <param name="Ask">Number of the question; comes back in the answer.</param>
/// <param name="Package">The package.</param>
public sealed record LoadPackage(int Ask, CodePackageId Package) : IControlMessage<LoadPackage>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.I32(Ask);
        writer.Package(Package);
    }

    /// <inheritdoc/>
    public static LoadPackage ReadFrom(ref MessageReader reader) => new(reader.I32(), reader.Package());
}
