using System.Buffers;
using System.Text.Json.Serialization;

namespace Rowen.Protocol.Identifiers;

/// <summary>Names a code package by its content: the SHA-256 of its manifest, as 64 lower-case hexadecimal digits.</summary>
/// <param name="Value">The digits; null means "no package".</param>
[JsonConverter(typeof(IdentifierJsonConverter<CodePackageId>))]
public readonly record struct CodePackageId(string? Value) : ISpanParsable<CodePackageId>
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

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
        bool isId = s.Length == 64 && s.IndexOfAnyExcept(Digits) < 0;
        result = isId ? new CodePackageId(s.ToString()) : default;
        return isId;
    }
}
