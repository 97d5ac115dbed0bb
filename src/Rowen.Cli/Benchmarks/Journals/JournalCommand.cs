using System.CommandLine;
using System.Globalization;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;

namespace Rowen.Cli.Benchmarks.Journals;

/// <summary><c>rowen bench journal</c>.</summary>
internal static class JournalCommand
{
    private const int Seed = 20_261_121;
    private const int DefaultCount = 1_000_000;
    private const int SingleCount = 200;

    private static readonly Option<int> Count = new("--items")
    {
        Description = "Results in one round, from 1000 to 100000000.",
        DefaultValueFactory = _ => DefaultCount,
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 1_000, 100_000_000) ?? 0,
    };

    private static readonly Option<int> Rounds = new("--rounds")
    {
        Description = "How often floor and journal take turns, from 1 to 1000.",
        DefaultValueFactory = _ => 9,
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 1, 1_000) ?? 0,
    };

    private static readonly Option<string> Folder = new("--folder")
    {
        Description = "A folder on the disk that is to be measured: the present one if not given.",
        DefaultValueFactory = _ => Directory.GetCurrentDirectory(),
        HelpName = "FOLDER",
    };

    public static VerbCommand Create() => new VerbCommand(
        "journal",
        "Measures the journal of jobs: small results in groups, and one at a time; next to plain writes with as many syncs.",
        "rowen bench journal",
        "rowen bench journal --folder /scratch/me --items 100000 --output json")
        .With(Count).With(Rounds).With(Folder)
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        string folder = Path.GetFullPath(run.Get(Folder)!);
        IReadOnlyList<JournalRow> rows = await new JournalBenchmark(folder, run.Get(Rounds), Seed).RunAsync(run.Get(Count), SingleCount, cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(new JournalReport(MachineFacts.Read(), folder, Seed, rows), BenchmarkJson.Default.JournalReport);
            return ExitCode.Done;
        }

        var table = new Table("what", "results", "commits", "bytes", "seconds", "floor", "ratio", "results/s") { Numbers = [1, 2, 3, 4, 5, 6, 7] };
        foreach (JournalRow row in rows)
        {
            table.Add(
                row.Name, Units.Count(row.Items), Units.Count(row.Commits), Units.Bytes(row.Bytes), Text(row.Seconds, "0.000"), Text(row.FloorSeconds, "0.000"),
                Text(row.Ratio, "0.00"), Units.Count((long)row.ItemsPerS));
        }

        run.Write(table);
        return ExitCode.Done;
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
