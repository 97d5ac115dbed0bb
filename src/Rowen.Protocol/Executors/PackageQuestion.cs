using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Executors;

/// <summary>Asks the agent for a code package; it fetches what the node lacks from the manager and checks its hash.</summary>
/// <param name="Package">The package.</param>
public sealed record PackageQuestion(CodePackageId Package) : IControlMessage<PackageQuestion>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.Package(Package);
    }

    /// <inheritdoc/>
    public static PackageQuestion ReadFrom(ref MessageReader reader) => new(reader.Package());
}
