using Rowen.Protocol.ControlMessages;

namespace Rowen.Protocol.Sessions;

/// <summary>One function of a loaded code package.</summary>
/// <param name="Index">Its number in invocation headers of this session; given by the executor, never guessed.</param>
/// <param name="Name">Its name, as written or as <c>[Function("name")]</c> says.</param>
/// <param name="Kind"><c>dotnet</c> or <c>native</c>.</param>
/// <param name="InputType">
/// <c>bytes</c> for the zero-copy form and native functions, otherwise the parameter's full type name.
/// </param>
/// <param name="OutputType">Likewise, of the result.</param>
public sealed record FunctionDescription(uint Index, string Name, string Kind, string InputType, string OutputType) : IControlMessage<FunctionDescription>
{
    /// <summary>The type name of raw bytes.</summary>
    public const string Bytes = "bytes";

    /// <inheritdoc/>
    public void WriteTo(MessageWriter writer)
    {
        writer.U32(Index);
        writer.Text(Name);
        writer.Text(Kind);
        writer.Text(InputType);
        writer.Text(OutputType);
    }

    /// <inheritdoc/>
    public static FunctionDescription ReadFrom(ref MessageReader reader) => new(
        reader.U32(), reader.Text(), reader.Text(), reader.Text(), reader.Text());
}
