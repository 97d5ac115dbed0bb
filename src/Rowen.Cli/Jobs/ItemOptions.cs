using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using System.Text.Json;
using Rowen.Cli.Runs;
using Rowen.Cli.Verbs;
using Rowen.Commands;
using Rowen.Jobs;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Jobs;

/// <summary>Where the items of a job come from.</summary>
internal static class ItemOptions
{
    public static Option<NumberSpans?> Range { get; } = new("--array")
    {
        Description = "Items are numbers: 1-1000, 0-100:10, 1,5,7-9.",
        HelpName = "RANGE",
        CustomParser = ParseRange,
    };

    public static Option<string?> EachLine { get; } = new("--each-line")
    {
        Description = "Each line of a file is an item; - is standard input.",
        HelpName = "FILE",
    };

    public static Option<string?> FromJson { get; } = new("--from-json")
    {
        Description = "Each element of the JSON array in a file is an item: texts as they are, everything else as JSON; - is standard input.",
        HelpName = "FILE",
    };

    public static string? FindFault(CommandResult command)
    {
        int count = new Option[] { Range, EachLine, FromJson }.Count(option => command.GetResult(option) is not null);
        return count == 1 ? null : "Say what the items are, in one way: --array RANGE, --each-line FILE or --from-json FILE.";
    }

    /// <summary>What they are, and the items themselves where they are no range.</summary>
    public static (JobItems Items, IEnumerable<ReadOnlyMemory<byte>>? Content) Read(VerbRun run)
    {
        if (run.Get(Range) is { } range)
        {
            return range.Spans is [{ Step: 1 } span]
                ? (new JobItems { IsRange = true, AreText = true, First = span.First, Count = range.Count, Origin = $"{span.First}-{span.Last}" }, null)
                : (new JobItems { AreText = true, Origin = "--array" }, range.Numbers.Select(number => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(ItemValues.TextOf(number))));
        }

        return run.Get(EachLine) is { } lines
            ? (Text(lines), ReadLines(lines))
            : (Text(run.Get(FromJson)!) with { AreJson = true }, ReadJson(run.Get(FromJson)!));
    }

    private static JobItems Text(string file) => new() { AreText = true, Origin = file == "-" ? "standard input" : Path.GetFullPath(file) };

    private static IEnumerable<ReadOnlyMemory<byte>> ReadLines(string file)
    {
        using var reader = new StreamReader(Open(file), new UTF8Encoding(false, throwOnInvalidBytes: true));
        while (reader.ReadLine() is { } line)
        {
            yield return Encoding.UTF8.GetBytes(line);
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> ReadJson(string file)
    {
        using Stream stream = Open(file);
        using JsonDocument document = Parse(file, stream);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
        {
            throw new RowenException(ErrorCode.BadRequest, $"{file} holds no JSON array, and items were to be its elements.");
        }

        foreach (JsonElement element in document.RootElement.EnumerateArray())
        {
            yield return Encoding.UTF8.GetBytes(element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText());
        }
    }

    private static JsonDocument Parse(string file, Stream stream)
    {
        try
        {
            return JsonDocument.Parse(stream);
        }
        catch (JsonException exception)
        {
            throw new RowenException(ErrorCode.BadRequest, $"{file} is no JSON: {exception.Message}", exception);
        }
    }

    private static Stream Open(string file)
    {
        try
        {
            return file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RowenException(ErrorCode.BadRequest, $"The items in {file} cannot be read: {exception.Message}", exception);
        }
    }

    private static NumberSpans? ParseRange(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        try
        {
            var spans = NumberSpans.Parse(text);
            if (spans.Count <= JobLimits.MaxItemCount)
            {
                return spans;
            }

            result.AddError($"'{text}' are {spans.Count} numbers: a job has at most {JobLimits.MaxItemCount} items.");
        }
        catch (FormatException exception)
        {
            result.AddError(exception.Message);
        }

        return null;
    }
}
