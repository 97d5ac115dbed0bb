using System.Runtime.InteropServices;
using System.Text.Json;

namespace Rowen.Cli.Calls;

/// <summary>A JSON array of numbers, truth values or characters, for arrays, lists and spans of them.</summary>
internal sealed class ArrayText<T>(ElementText<T> element) : TextForm
    where T : unmanaged
{
    public override string Example => element.ExampleOfArray;

    public override bool TakesNothing => true;

    public override byte[]? ParseOrNone(string text)
    {
        try
        {
            using var array = JsonDocument.Parse(text);
            return array.RootElement.ValueKind == JsonValueKind.Array ? ParseOrNone(array.RootElement) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public override string? FormatOrNone(ReadOnlySpan<byte> payload)
    {
        ReadOnlySpan<T> values = MemoryMarshal.Cast<byte, T>(payload);
        return MemoryMarshal.AsBytes(values).Length == payload.Length
            ? $"[{string.Join(", ", values.ToArray().Select(element.FormatJson))}]"
            : null;
    }

    private byte[]? ParseOrNone(JsonElement array)
    {
        var values = new T[array.GetArrayLength()];
        int count = 0;
        foreach (JsonElement one in array.EnumerateArray())
        {
            string text = one.ValueKind == JsonValueKind.String ? one.GetString()! : one.GetRawText(); // "NaN" is a number too
            if (!element.TryParse(text, out values[count++]))
            {
                return null;
            }
        }

        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }
}
