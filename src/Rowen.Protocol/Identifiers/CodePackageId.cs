using System.Text.Json.Serialization;

namespace Rowen.Protocol.Identifiers;

/// <summary>Names a code package by its content: the SHA-256 of its manifest, as 64 lower-case hexadecimal digits.</summary>
/// <param name="Value">The digits; null means "no package".</param>
[JsonConverter(typeof(IdentifierJsonConverter<CodePackageId>))]
public readonly record struct CodePackageId(string? Value) : ISpanParsable<CodePackageId>
{
    /// <summary>The 64 digits.</summary>
    public override string ToString() => Value ?? string.Empty;

    /// <summary>The first twelve digits, enough for people.</summary>
    public string ToShortString() => Value is null ? string.Empty : Value[..12];

    /// <inheritdoc/>
    public static CodePackageId Parse(string s, IFormatProvider? provider) => Parse(s.AsSpan(), provider);

    /// <inheritdoc/>
    public static CodePackageId Parse(ReadOnlySpan<char> s, IFormatProvider? provider) =>
        TryParse(s, provider, out CodePackageId id)
            ? id
            : throw new FormatException("A code package is named by 64 lower-case hexadecimal digits.");

    /// <inheritdoc/>
    public static bool TryParse(string? s, IFormatProvider? provider, out CodePackageId result) =>
        TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out CodePackageId result)
    {
        result = default;
        if (s.Length != 64)
        {
            return false;
        }

        foreach (char digit in s)
        {
            if (!char.IsAsciiHexDigitLower(digit)) // not by SearchValues, whose vector code is compiled at each start of a process
            {
                return false;
            }
        }

        result = new CodePackageId(s.ToString());
        return true;
    }
}
