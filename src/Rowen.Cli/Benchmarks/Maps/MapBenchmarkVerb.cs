using System.CommandLine;
using System.CommandLine.Parsing;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;

namespace Rowen.Cli.Benchmarks.Maps;

/// <summary>The verb <c>rowen bench map</c>.</summary>
internal static class MapBenchmarkVerb
{
    private static readonly Option<int> Rounds = new("--rounds")
    {
        Description = "How often map and floor take turns, from 1 to 1000.",
        DefaultValueFactory = _ => new MapSettings().Rounds,
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 1, 1_000) ?? 0,
    };

    private static readonly Option<IReadOnlyList<string>> Rows = new("--rows")
    {
        Description = $"What to measure, separated by commas: {string.Join(',', MapSettings.AllRows)} if not given.",
        CustomParser = ParseRows,
        HelpName = "KINDS",
    };

    private static readonly Option<IReadOnlyList<int>> Items = new("--items")
    {
        Description = "Items of the no-op maps, separated by commas: 1000,100000,1000000 if not given.",
        CustomParser = ParseItems,
        HelpName = "COUNTS",
    };

    private static readonly Option<string?> Provider = CreateProvider();

    public static Command Create() => new VerbCommand(
        "map",
        "Measures maps over a held lease, each next to what the machine can do at best: a loop, a warm call, the ideal schedule.",
        "rowen bench map",
        "rowen bench map --rows noop --items 1000,1000000 --provider shm",
        "rowen bench map --rows skew,mix --output json")
        .With(Rows).With(Items).With(Provider).With(Rounds)
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var settings = new MapSettings { Rounds = run.Get(Rounds) };
        settings = settings with
        {
            Rows = run.Get(Rows) is { Count: > 0 } rows ? rows : settings.Rows,
            Items = run.Get(Items) is { Count: > 0 } items ? items : settings.Items,
            Providers = run.Get(Provider) is { } provider ? [provider] : settings.Providers,
        };
        using var packages = new MapPackages(settings.DiskFolder);
        MapReport report = await new MapBenchmark(settings, packages, new BenchmarkProgress(run.Error)).RunAsync(cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(report, BenchmarkJson.Default.MapReport);
        }
        else
        {
            MapTable.Write(run.Out, run.IsTerminal, report);
        }

        return ExitCode.Done;
    }

    private static Option<string?> CreateProvider()
    {
        Option<string?> provider = new("--provider")
        {
            Description = "The fabric provider of the lease: shm, tcp or ofi. Otherwise shm and tcp.",
            HelpName = "shm|tcp|ofi",
        };
        provider.AcceptOnlyFromAmong("shm", "tcp", "ofi");
        return provider;
    }

    private static List<string> ParseRows(ArgumentResult result)
    {
        List<string> rows = [.. result.Tokens.SelectMany(token => token.Value.Split(','))];
        if (rows.Find(row => !MapSettings.AllRows.Contains(row)) is { } unknown)
        {
            result.AddError($"--rows takes {string.Join(", ", MapSettings.AllRows)}, separated by commas; '{unknown}' is none.");
        }

        return rows;
    }

    private static List<int> ParseItems(ArgumentResult result)
    {
        var counts = new List<int>();
        foreach (string text in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (!int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out int count) || count is < 1 or > 100_000_000)
            {
                result.AddError($"--items takes counts from 1 to 100000000, separated by commas; '{text}' is none.");
                return [];
            }

            counts.Add(count);
        }

        return counts;
    }
}
