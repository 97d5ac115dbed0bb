using System.Globalization;
using System.Text;
using System.Text.Json;
using Rowen.Commands;

namespace Rowen.Cli.Runs;

/// <summary>Where the items of a run come from. Each is read when it is needed, and may be read again.</summary>
/// <param name="items">The items.</param>
/// <param name="count">How many, where that is known without reading.</param>
internal sealed class ItemSource(IEnumerable<ItemValues> items, long? count)
{
    private const int MaxSpans = 10_000;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public IEnumerable<ItemValues> Items => items;

    public long? Count => count;

    /// <summary>One item without a value.</summary>
    public static ItemSource Single { get; } = new([ItemValues.OfText(0, text: null)], 1);

    /// <summary>Numbers: <c>1-1000</c>, <c>0-100:10</c>, <c>1,5,7-9</c>.</summary>
    /// <exception cref="FormatException">It is nothing like that.</exception>
    public static ItemSource OfArray(string text)
    {
        List<(long First, long Last, long Step)> spans = [.. text.Split(',').Select(ParseSpan)];
        if (spans.Count > MaxSpans)
        {
            throw new FormatException($"--array has {spans.Count} parts; {MaxSpans} are the most. Write the items to a file: --each-line FILE.");
        }

        long count = spans.Sum(span => ((span.Last - span.First) / span.Step) + 1);
        return new ItemSource(Number(spans.SelectMany(Enumerate)), count);

        static IEnumerable<string> Enumerate((long First, long Last, long Step) span)
        {
            for (long value = span.First; value <= span.Last; value += span.Step)
            {
                yield return ItemValues.TextOf(value);
            }
        }
    }

    /// <summary>Each line of a file, without its end; <c>-</c> is standard input. A last line without an end counts; empty lines count.</summary>
    public static ItemSource OfLines(string file)
    {
        IReadOnlyList<string> lines = file == "-" ? [.. Lines(Console.OpenStandardInput(), "standard input")] : [];
        return file == "-"
            ? new ItemSource(Number(lines), lines.Count)
            : new ItemSource(Number(Lines(new FileStream(Existing(file), FileMode.Open, FileAccess.Read), file)), count: null);
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

    private static (long First, long Last, long Step) ParseSpan(string text)
    {
        string[] steps = text.Trim().Split(':');
        string[] ends = steps[0].Split('-');
        long step = 1;
        bool isRight = steps.Length <= 2 && ends.Length <= 2
            && (steps.Length == 1 || (TryParse(steps[1], out step) && step > 0));
        return isRight && TryParse(ends[0], out long first) && TryParse(ends[^1], out long last) && last >= first
            ? (first, last, step)
            : throw new FormatException($"'{text}' is no range: ranges look like 1-1000, 0-100:10 (each tenth) or 1,5,7-9.");
    }

    private static bool TryParse(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string Existing(string file) => File.Exists(file)
        ? file
        : throw new FileNotFoundException($"There is no file '{Path.GetFullPath(file)}' to read items from.");

    private static IEnumerable<string> Lines(Stream stream, string name)
    {
        using var reader = new StreamReader(stream, Strict);
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
