using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Identifiers;

namespace Rowen.Protocol.Lambdas;

/// <summary>A lambda with what it captures, on its way to an executor that is to make a function of it.</summary>
/// <param name="Package">The loaded code package that holds its code; none if it is the framework's own.</param>
/// <param name="Name">What the function is called there; for messages.</param>
/// <param name="Graph">The delegate and all that it reaches; the executor alone decodes it.</param>
/// <param name="TakesValues">Whether each call brings the values of the closure's fields; those in the graph serve as a pattern.</param>
public sealed record LambdaBinding(CodePackageId Package, string Name, byte[] Graph, bool TakesValues = false) : IControlMessage<LambdaBinding>
{
    /// <summary>Without what is captured.</summary>
    public override string ToString() => $"{Name} with {Graph.Length} bytes";

    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.Package(Package);
        writer.Text(Name);
        writer.Bytes(Graph);
        writer.Flag(TakesValues);
    }

    /// <inheritdoc/>
    public static LambdaBinding ReadFrom(ref MessageReader reader) => new(reader.Package(), reader.Text(), reader.Bytes(), reader.Flag());
}
