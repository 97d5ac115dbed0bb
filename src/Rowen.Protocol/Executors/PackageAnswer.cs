using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Executors;

/// <summary>Where a code package lies on this node.</summary>
/// <param name="Package">The package.</param>
/// <param name="Folder">The unpacked, verified, read-only folder; null if it could not be had.</param>
/// <param name="Error">Why it could not.</param>
public sealed record PackageAnswer(CodePackageId Package, string? Folder, ErrorAnswer? Error) : IControlMessage<PackageAnswer>
{
    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.Package(Package);
        writer.Text(Folder);
        writer.Optional(Error);
    }

    /// <inheritdoc/>
    public static PackageAnswer ReadFrom(ref MessageReader reader) => new(reader.Package(), reader.TextOrNone(), reader.Optional<ErrorAnswer>());
}
