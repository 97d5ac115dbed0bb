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
    public byte[] Encode(Function function) => Encode(function.Name, function.InputType);

    /// <summary>The same, for a function that is known by its name and the name of its input's type.</summary>
    public byte[] Encode(string function, string inputType)
    {
        TextForm? form = TextForms.Find(inputType);
        if (Text is null)
        {
            return !ReferenceEquals(this, None) || form is null or { TakesNothing: true } ? Bytes : throw new RowenException(
                ErrorCode.BadRequest, $"'{function}' takes a {inputType}, and none was given. Give one with --input: {form.Example}.");
        }

        if (inputType == Nothing)
        {
            throw new RowenException(ErrorCode.BadRequest, $"'{function}' takes no input, and '{Text}' was given. Call it without --input.");
        }

        return form is null ? Encoding.UTF8.GetBytes(Text) : form.ParseOrNone(Text) ?? throw new RowenException(
            ErrorCode.BadRequest, $"'{Text}' is no {inputType}, which '{function}' takes. One looks like {form.Example}.");
    }
}
