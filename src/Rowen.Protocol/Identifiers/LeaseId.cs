using System.Globalization;
using System.Text.Json.Serialization;

namespace Rowen.Protocol.Identifiers;

/// <summary>Names one lease for ever; the resource manager never gives the same value twice.</summary>
/// <param name="Value">Positive; zero means "no lease".</param>
[JsonConverter(typeof(IdentifierJsonConverter<LeaseId>))]
public readonly record struct LeaseId(ulong Value) : ISpanParsable<LeaseId>
{
    /// <summary>The form people read and type: <c>L42</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"L{Value}");

    /// <inheritdoc/>
    public static LeaseId Parse(string s, IFormatProvider? provider) => Parse(s.AsSpan(), provider);

    /// <inheritdoc/>
    public static LeaseId Parse(ReadOnlySpan<char> s, IFormatProvider? provider) =>
        TryParse(s, provider, out LeaseId id) ? id : throw new FormatException($"'{s}' is no lease: leases look like L42.");

    /// <inheritdoc/>
    public static bool TryParse(string? s, IFormatProvider? provider, out LeaseId result) =>
        TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out LeaseId result)
    {
        bool isId = IdentifierText.TryParse(s, 'L', out ulong value);
        result = new LeaseId(value);
        return isId;
    }
}
