using System.Globalization;
using System.Text.Json.Serialization;

namespace Rowen.Protocol.Identifiers;

/// <summary>Names one node agent for as long as it lives; a new agent on the same machine gets a new one.</summary>
/// <param name="Value">Positive; zero means "no node".</param>
[JsonConverter(typeof(IdentifierJsonConverter<NodeId>))]
public readonly record struct NodeId(uint Value) : ISpanParsable<NodeId>
{
    /// <summary>The form people read and type: <c>N7</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"N{Value}");

    /// <inheritdoc/>
    public static NodeId Parse(string s, IFormatProvider? provider) => Parse(s.AsSpan(), provider);

    /// <inheritdoc/>
    public static NodeId Parse(ReadOnlySpan<char> s, IFormatProvider? provider) =>
        TryParse(s, provider, out NodeId id) ? id : throw new FormatException($"'{s}' is no node: nodes look like N7.");

    /// <inheritdoc/>
    public static bool TryParse(string? s, IFormatProvider? provider, out NodeId result) =>
        TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out NodeId result)
    {
        bool isId = IdentifierText.TryParse(s, 'N', out ulong value) && value <= uint.MaxValue;
        result = isId ? new NodeId((uint)value) : default;
        return isId;
    }
}
