using System.Text;
using System.Text.Json;
using Rowen.Commands;

namespace Rowen.Cli.Runs;

/// <summary>Where the items of a run come from. Each is read when it is needed, and may be read again.</summary>
/// <param name="items">The items.</param>
/// <param name="count">How many, where that is known without reading.</param>
internal sealed class ItemSource(IEnumerable<ItemValues> items, long? count)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public IEnumerable<ItemValues> Items => items;

    public long? Count => count;

    /// <summary>One item without a value.</summary>
    public static ItemSource Single { get; } = new([ItemValues.OfText(0, text: null)], 1);

    /// <summary>Numbers: <c>1-1000</c>, <c>0-100:10</c>, <c>1,5,7-9</c>.</summary>
    /// <exception cref="FormatException">It is nothing like that.</exception>
    public static ItemSource OfArray(string text)
    {
        var spans = NumberSpans.Parse(text);
        return new ItemSource(Number(spans.Numbers.Select(ItemValues.TextOf)), spans.Count);
    }

    /// <summary>Each line of a file, without its end; <c>-</c> is standard input. A last line without an end counts; empty lines count.</summary>
    public static ItemSource OfLines(string file)
    {
        using Stream first = file == "-" ? Console.OpenStandardInput() : Open(file);
        if (first.CanSeek)
        {
            return new ItemSource(Number(Lines(() => Open(file), file)), count: null);
        }

        string[] lines = [.. Lines(() => first, file == "-" ? "standard input" : file)]; // a pipe is read once
        return new ItemSource(Number(lines), lines.Length);
    }

    /// <summary>Each element of a file's JSON array; or, of several JSON values one after the other, each of them.</summary>
    /// <exception cref="FormatException">It is no JSON.</exception>
    public static ItemSource OfJson(string file)
    {
        byte[] bytes = file == "-" ? ReadAll(Console.OpenStandardInput()) : File.ReadAllBytes(Existing(file));
        List<ItemValues> items = [];
        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { AllowMultipleValues = true, CommentHandling = JsonCommentHandling.Skip });
            while (reader.Read())
            {
                using JsonDocument document = JsonDocument.ParseValue(ref reader);
                bool isArray = document.RootElement.ValueKind == JsonValueKind.Array;
                foreach (JsonElement element in isArray ? document.RootElement.EnumerateArray().AsEnumerable() : [document.RootElement])
                {
                    items.Add(ItemValues.OfJson(items.Count, element));
                }
            }
        }
        catch (JsonException exception)
        {
            throw new FormatException($"'{file}' is no JSON: {exception.Message}", exception);
        }

        return new ItemSource(items, items.Count);
    }

    private static IEnumerable<ItemValues> Number(IEnumerable<string> texts) => texts.Select((text, index) => ItemValues.OfText(index, text));

    private static FileStream Open(string file) => new(Existing(file), FileMode.Open, FileAccess.Read);

    private static string Existing(string file) => File.Exists(file)
        ? file
        : throw new FileNotFoundException($"There is no file '{Path.GetFullPath(file)}' to read items from.");

    private static IEnumerable<string> Lines(Func<Stream> open, string name)
    {
        using var reader = new StreamReader(open(), Strict);
        for (long number = 1; ReadLine(reader, name, number) is { } line; number++)
        {
            yield return line;
        }
    }

    private static string? ReadLine(StreamReader reader, string name, long number)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (DecoderFallbackException exception)
        {
            throw new FormatException($"'{name}' holds bytes that are no UTF-8, at line {number} or soon after it.", exception);
        }
    }

    private static byte[] ReadAll(Stream stream)
    {
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }
}
