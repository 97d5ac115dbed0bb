using System.CommandLine;
using System.Globalization;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.ObjectStorage;

namespace Rowen.Cli.Data;

/// <summary>The verbs under <c>rowen data</c>: what a source holds, and how a map would cut it.</summary>
internal static class DataCommands
{
    private static readonly Argument<string[]> Source = new("source")
    {
        Description = "Objects, folders (ending in /) or patterns: paths, file:/path, s3://bucket/name, redis://host:port/prefix/name.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string?> Access = new("--stores")
    {
        Description = "The file that says how stores are reached. Otherwise ~/.rowen/stores.json.",
        HelpName = "FILE",
    };

    private static readonly Option<long> Bytes = new("--bytes")
    {
        Description = "About how large a part is, such as 64M. Otherwise each object is one part.",
        HelpName = "SIZE",
        CustomParser = result =>
        {
            if (Units.TryParseBytes(result.Tokens[0].Value, out long bytes))
            {
                return bytes;
            }

            result.AddError($"--bytes takes a size such as 64M, and not '{result.Tokens[0].Value}'.");
            return 0;
        },
    };

    private static readonly Option<int> Count = new("--count")
    {
        Description = "Into how many parts each object is cut, instead of a size.",
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 1, 10_000_000) ?? 0,
    };

    private static readonly Option<Records> Kind = new("--records")
    {
        Description = "Where objects may be cut: anywhere, behind a line, or behind a record of CSV. For csv the objects that are cut are read once.",
        HelpName = "bytes|lines|csv",
        DefaultValueFactory = _ => Records.Lines,
    };

    public static Command Create()
    {
        var data = new Command("data", "Looks at the objects of files, S3 and Redis that maps would read.");
        data.Subcommands.Add(CreateList());
        data.Subcommands.Add(CreateStatistics());
        data.Subcommands.Add(CreateParts());
        return data;
    }

    private static VerbCommand CreateList() => new VerbCommand(
        "ls", "Lists the objects of a source.",
        "rowen data ls texts/", "rowen data ls 's3://bucket/2026/**/*.csv'", "rowen data ls 's3://bucket/*' --output json")
        .With(Source).With(Access)
        .Runs(ListAsync);

    private static VerbCommand CreateStatistics() => new VerbCommand(
        "stat", "Counts objects, bytes and parts of a source, without reading any.",
        "rowen data stat 's3://bucket/logs/*.txt' --bytes 64M", "rowen data stat /scratch/run7/ --count 8 --output json")
        .With(Source).With(Access).With(Bytes).With(Count)
        .Checks(FindFault)
        .Runs(CountAsync);

    private static VerbCommand CreateParts() => new VerbCommand(
        "parts", "Shows the parts into which a map would cut a source.",
        "rowen data parts big.csv --bytes 64M --records csv", "rowen data parts 's3://bucket/*.txt' --bytes 16M --output json")
        .With(Source).With(Access).With(Bytes).With(Count).With(Kind)
        .Checks(FindFault)
        .Runs(CutAsync);

    private static string? FindFault(System.CommandLine.Parsing.CommandResult command) =>
        command.GetResult(Bytes) is { Implicit: false } && command.GetResult(Count) is { Implicit: false } ? "--bytes and --count exclude each other: give one." : null;

    private static async Task<int> ListAsync(VerbRun run, CancellationToken cancellationToken)
    {
        IReadOnlyList<SourceObject> found = await Read(run).ListAsync(cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson([.. found.Select(one => new ObjectAnswer(one.Store, one.Found.Name, one.Found.LengthBytes, one.Found.Version))], CliJson.Default.ObjectAnswerArray);
            return ExitCode.Done;
        }

        var table = new Table("store", "name", "bytes") { Numbers = [2] };
        foreach (SourceObject one in found)
        {
            table.Add(one.Store, one.Found.Name, one.Found.LengthBytes.ToString(CultureInfo.InvariantCulture));
        }

        run.Write(table);
        return ExitCode.Done;
    }

    private static async Task<int> CountAsync(VerbRun run, CancellationToken cancellationToken)
    {
        ObjectSourceStatistics found = await Read(run).MeasureAsync(cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(found, CliJson.Default.ObjectSourceStatistics);
            return ExitCode.Done;
        }

        var table = new Table("objects", "empty", "bytes", "size", "largest", "parts") { Numbers = [0, 1, 2, 3, 4, 5] };
        table.Add(
            Units.Count(found.ObjectCount), Units.Count(found.EmptyCount), found.TotalBytes.ToString(CultureInfo.InvariantCulture), Units.Bytes(found.TotalBytes),
            Units.Bytes(found.LargestBytes), Units.Count(found.PartCount));
        run.Write(table);
        return ExitCode.Done;
    }

    private static async Task<int> CutAsync(VerbRun run, CancellationToken cancellationToken)
    {
        IReadOnlyList<ObjectPart> parts = await Read(run).PartsAsync(cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson([.. parts.Select(PartAnswer.Of)], CliJson.Default.PartAnswerArray);
            return ExitCode.Done;
        }

        var table = new Table("name", "part", "of", "from", "to", "starts") { Numbers = [1, 2, 3, 4] };
        foreach (ObjectPart part in parts)
        {
            table.Add(
                part.Whole.Name, Number(part.Index), Number(part.Count), Number(part.StartBytes), Number(part.EndBytes),
                part.StartsQuoted ? "between quotes" : part.StartBytes == 0 ? "first" : "-");
        }

        run.Write(table);
        return ExitCode.Done;
    }

    private static ObjectSource Read(VerbRun run)
    {
        var source = ObjectSource.From(run.Get(Source)!);
        source = run.Get(Access) is { } access ? source.WithAccess(access) : source;
        return run.Get(Bytes) is > 0 and var bytes ? source.ChunkedBy(bytes, run.Get(Kind))
            : run.Get(Count) is > 0 and var count ? source.ChunkedInto(count, run.Get(Kind))
            : source;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
