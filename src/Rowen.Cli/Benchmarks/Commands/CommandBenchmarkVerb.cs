using System.CommandLine;
using System.Globalization;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;

namespace Rowen.Cli.Benchmarks.Commands;

/// <summary><c>rowen bench commands</c>.</summary>
internal static class CommandBenchmarkVerb
{
    private static readonly Option<int> Items = new("--items")
    {
        Description = "How many commands a round runs, from 1 to 1000000.",
        DefaultValueFactory = _ => 1_000,
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 1, 1_000_000) ?? 0,
    };

    private static readonly Option<int> Rounds = new("--rounds")
    {
        Description = "How often xargs and Rowen take turns, from 1 to 1000.",
        DefaultValueFactory = _ => 9,
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 1, 1_000) ?? 0,
    };

    public static VerbCommand Create() => new VerbCommand(
        "commands",
        "Measures commands as items, next to xargs -P2 on the same machine.",
        "rowen bench commands",
        "rowen bench commands --items 10000 --rounds 3 --output json")
        .With(Items).With(Rounds)
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var benchmark = new CommandBenchmark(run.Get(Items), run.Get(Rounds), new BenchmarkProgress(run.Error));
        CommandBenchmarkReport report = await benchmark.RunAsync(cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(report, BenchmarkJson.Default.CommandBenchmarkReport);
            return ExitCode.Done;
        }

        var table = new Table("commands", "Rowen", "slowest", "per second", "floor", "ratio", "the floor is", "goal", string.Empty) { Numbers = [1, 2, 3, 4, 5] };
        foreach (CommandRow row in report.Rows)
        {
            table.Add(
                $"{row.Name} × {Units.Count(row.Items)}", Time(row.Seconds), Time(row.SlowestSeconds), Units.Count((long)row.ItemsPerS), Time(row.FloorSeconds),
                row.Ratio.ToString("0.00×", CultureInfo.InvariantCulture), row.Floor, row.Goal, row.Reached ? "reached" : "not reached");
        }

        run.Write(table);
        return ExitCode.Done;
    }

    private static string Time(double seconds) => Units.Duration(TimeSpan.FromSeconds(seconds));
}
