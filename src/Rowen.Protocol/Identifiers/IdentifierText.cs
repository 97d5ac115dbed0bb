using System.Globalization;

namespace Rowen.Protocol.Identifiers;

internal static class IdentifierText
{
    /// <summary>Reads a letter and a positive number without signs or leading zeros, so that each has one spelling.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, char letter, out ulong value)
    {
        value = 0;
        return text.Length > 1 && text[0] == letter && text[1] is >= '1' and <= '9'
            && ulong.TryParse(text[1..], NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
