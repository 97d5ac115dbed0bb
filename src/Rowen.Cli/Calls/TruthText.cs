namespace Rowen.Cli.Calls;

/// <summary>The text of a truth value: <c>true</c> or <c>false</c>.</summary>
internal sealed class TruthText : ElementText<bool>
{
    public override string Example => "true or false";

    public override string ExampleOfArray => "[true, false]";

    public override bool TryParse(string text, out bool value) => bool.TryParse(text, out value);

    public override string Format(bool value) => value ? "true" : "false";

    public override string FormatJson(bool value) => Format(value);
}
