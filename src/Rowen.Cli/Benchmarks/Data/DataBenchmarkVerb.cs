using System.CommandLine;
using System.Globalization;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;

namespace Rowen.Cli.Benchmarks.Data;

/// <summary><c>rowen bench data</c>.</summary>
internal static class DataBenchmarkVerb
{
    private static readonly Option<string?> S3 = new("--s3")
    {
        Description = "A bucket to measure S3 with; what is written there is removed again. Otherwise S3 is left out.",
        HelpName = "s3://BUCKET",
    };

    private static readonly Option<string?> Access = new("--stores")
    {
        Description = "The file that says how the bucket is reached. Otherwise ~/.rowen/stores.json.",
        HelpName = "FILE",
    };

    private static readonly Option<long> Text = new("--text")
    {
        Description = "How much text to count, such as 256M, or 0 for none: 1G if not given.",
        HelpName = "SIZE",
        DefaultValueFactory = _ => new DataSettings().TextBytes,
        CustomParser = result =>
        {
            if (result.Tokens[0].Value == "0")
            {
                return 0;
            }

            if (Units.TryParseBytes(result.Tokens[0].Value, out long bytes) && bytes <= 1L << 40)
            {
                return bytes;
            }

            result.AddError($"--text takes a size up to 1T, and not '{result.Tokens[0].Value}'.");
            return 0;
        },
    };

    private static readonly Option<int> Rounds = new("--rounds")
    {
        Description = "How often floor and Rowen take turns at each row of stores, from 1 to 1000.",
        DefaultValueFactory = _ => new DataSettings().Rounds,
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 1, 1_000) ?? 0,
    };

    private static readonly Option<IReadOnlyList<string>> Rows = new("--rows")
    {
        Description = $"What to measure, separated by commas: {string.Join(',', DataSettings.AllRows)} if not given.",
        HelpName = "KINDS",
        CustomParser = result =>
        {
            List<string> rows = [.. result.Tokens.SelectMany(token => token.Value.Split(','))];
            if (rows.Find(row => !DataSettings.AllRows.Contains(row)) is { } unknown)
            {
                result.AddError($"--rows takes {string.Join(", ", DataSettings.AllRows)}, separated by commas; '{unknown}' is none.");
            }

            return rows;
        },
    };

    public static VerbCommand Create() => new VerbCommand(
        "data",
        "Measures stores next to FileStream and Amazon's SDK, and counting words in parts next to threads written by hand.",
        "rowen bench data",
        "rowen bench data --s3 s3://bucket --text 256M",
        "rowen bench data --rows large,small --output json")
        .With(Rows).With(S3).With(Access).With(Text).With(Rounds)
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var settings = new DataSettings { S3 = run.Get(S3), Access = run.Get(Access), TextBytes = run.Get(Text), Rounds = run.Get(Rounds) };
        settings = run.Get(Rows) is { Count: > 0 } rows ? settings with { Rows = rows } : settings;
        DataReport report = await new DataBenchmark(settings, new BenchmarkProgress(run.Error)).RunAsync(cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(report, BenchmarkJson.Default.DataReport);
            return ExitCode.Done;
        }

        var table = new Table("what", "MiB", "floor", "floor s", "Rowen s", "MiB/s", "of floor", "goal", "reached") { Numbers = [1, 3, 4, 5, 6] };
        foreach (DataRow row in report.Rows)
        {
            table.Add(
                row.Name, Number(row.Bytes / 1048576.0, "0.#"), row.Floor, Number(row.FloorSeconds, "0.0000"), Number(row.Seconds, "0.0000"),
                Number(row.BytesPerS / 1048576, "0.#"), Number(row.Ratio, "0.00×"), row.Goal, row.Reached ? "yes" : "no");
        }

        run.WriteLine($"{report.Machine.Cpu}, {report.Machine.Cores} cores, Linux {report.Machine.Kernel}, {report.Machine.Dotnet}, rowen {report.Machine.Rowen}; medians of interleaved rounds (seed {report.Seed})");
        run.Write(table);
        if (report.Note.Length > 0)
        {
            run.WriteLine(report.Note);
        }

        return ExitCode.Done;
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
