using System.Text;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Calls;

/// <summary>What a function is called with: text that becomes a value of its type, or bytes as they are.</summary>
internal sealed record CallInput
{
    private const string Nothing = "nothing"; // as descriptions of functions call it

    /// <summary>What the user gave where the function gets an input of no bytes: nothing at all.</summary>
    public static CallInput None { get; } = new();

    /// <summary>What was typed; null: <see cref="Bytes"/> count.</summary>
    public string? Text { get; init; }

    /// <summary>What a file held.</summary>
    public byte[] Bytes { get; init; } = [];

    /// <summary>The payload for a function.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.BadRequest"/>: the text is no value of the function's type.</exception>
    public byte[] Encode(Function function)
    {
        TextForm? form = TextForms.Find(function.InputType);
        if (Text is null)
        {
            return !ReferenceEquals(this, None) || form is null or { TakesNothing: true } ? Bytes : throw new RowenException(
                ErrorCode.BadRequest, $"'{function.Name}' takes a {function.InputType}, and none was given. Give one with --input: {form.Example}.");
        }

        if (function.InputType == Nothing)
        {
            throw new RowenException(ErrorCode.BadRequest, $"'{function.Name}' takes no input, and '{Text}' was given. Call it without --input.");
        }

        return form is null ? Encoding.UTF8.GetBytes(Text) : form.ParseOrNone(Text) ?? throw new RowenException(
            ErrorCode.BadRequest, $"'{Text}' is no {function.InputType}, which '{function.Name}' takes. One looks like {form.Example}.");
    }
}
