using System.Globalization;
using System.Text.Json.Serialization;

namespace Rowen.Protocol.Identifiers;

/// <summary>Names one job among those of a user's folder for jobs; a number is given once.</summary>
/// <param name="Value">Positive; zero means "no job".</param>
[JsonConverter(typeof(IdentifierJsonConverter<JobId>))]
public readonly record struct JobId(ulong Value) : ISpanParsable<JobId>
{
    /// <summary>The form people read and type: <c>J42</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"J{Value}");

    /// <inheritdoc/>
    public static JobId Parse(string s, IFormatProvider? provider) => Parse(s.AsSpan(), provider);

    /// <inheritdoc/>
    public static JobId Parse(ReadOnlySpan<char> s, IFormatProvider? provider) =>
        TryParse(s, provider, out JobId id) ? id : throw new FormatException($"'{s}' is no job: jobs look like J42.");

    /// <inheritdoc/>
    public static bool TryParse(string? s, IFormatProvider? provider, out JobId result) =>
        TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out JobId result)
    {
        bool isId = IdentifierText.TryParse(s, 'J', out ulong value);
        result = new JobId(value);
        return isId;
    }
}
