using System.Globalization;
using System.Text.Json;

namespace Rowen.Cli.Calls;

/// <summary>The text of one UTF-16 character.</summary>
internal sealed class CharacterText : ElementText<char>
{
    public override string Example => "x";

    public override string ExampleOfArray => "[\"x\", \"y\"]";

    public override bool TryParse(string text, out char value) => char.TryParse(text, out value);

    // Half of a pair cannot be printed alone: UTF-8 has no bytes for it.
    public override string Format(char value) => char.IsSurrogate(value)
        ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)value:X4}")
        : value.ToString();

    public override string FormatJson(char value) => $"\"{(char.IsSurrogate(value) ? Format(value) : JsonEncodedText.Encode([value]))}\"";
}
