using System.Globalization;
using System.Text.Json;

namespace Rowen.Commands;

/// <summary>What one item puts into a template.</summary>
/// <param name="Index">Position in the run, from 0.</param>
/// <param name="Text">The item as text; null if there is only one, which has none.</param>
/// <param name="Fields">Fields of a JSON object; else none.</param>
internal sealed record ItemValues(long Index, string? Text, IReadOnlyDictionary<string, string> Fields)
{
    public const string ItemName = "item";
    public const string IndexName = "index";

    private static readonly Dictionary<string, string> NoFields = [];

    /// <summary>An index as text.</summary>
    public static string TextOf(long index) => index.ToString(CultureInfo.InvariantCulture);

    /// <summary>An item without fields.</summary>
    public static ItemValues OfText(long index, string? text) => new(index, text, NoFields);

    /// <summary>The values of an item that came from JSON: a text as it is, everything else as JSON; an object's fields likewise.</summary>
    public static ItemValues OfJson(long index, JsonElement element) => new(
        index,
        TextOf(element),
        element.ValueKind == JsonValueKind.Object
            ? element.EnumerateObject().ToDictionary(field => field.Name, field => TextOf(field.Value), StringComparer.Ordinal)
            : NoFields);

    /// <summary>The same of what was kept of such an item.</summary>
    public static ItemValues OfJsonText(long index, string text)
    {
        if (!text.StartsWith('{'))
        {
            return OfText(index, text);
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return OfJson(index, document.RootElement);
        }
        catch (JsonException)
        {
            return OfText(index, text); // a text that only looks like an object
        }
    }

    private static string TextOf(JsonElement element) => element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText();

    /// <summary>What stands for a place.</summary>
    /// <exception cref="ArgumentException">The item has nothing of that name.</exception>
    public string Get(string name) => name switch
    {
        IndexName => TextOf(Index),
        ItemName when Text is not null => Text,
        ItemName => throw new ArgumentException("{item} stands in the command, and there are no items: give --array, --each-line or --from-json, or write {{item}} for the text itself."),
        _ => Fields.TryGetValue(name, out string? value) ? value : throw new ArgumentException(
            $"{{{name}}} stands in the command, and item {Index} has only {string.Join(", ", Fields.Keys.Prepend(IndexName).Prepend(ItemName).Select(known => $"{{{known}}}"))}. "
            + $"Write {{{{{name}}}}} for the text itself."),
    };
}
