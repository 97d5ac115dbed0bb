namespace Rowen.Cli.Calls;

/// <summary>How values of one type are typed and shown as text, though they travel as their memory.</summary>
internal abstract class TextForm
{
    /// <summary>What the text of a value looks like, for those who typed another.</summary>
    public abstract string Example { get; }

    /// <summary>Whether a payload without a byte is a value too.</summary>
    public abstract bool TakesNothing { get; }

    /// <summary>The payload of a value; null if the text is none.</summary>
    public abstract byte[]? ParseOrNone(string text);

    /// <summary>The text of a payload; null if its length fits no value.</summary>
    public abstract string? FormatOrNone(ReadOnlySpan<byte> payload);
}
