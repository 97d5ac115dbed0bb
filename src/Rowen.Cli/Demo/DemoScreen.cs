using System.Globalization;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.Protocol.Nodes;
using Spectre.Console;
using Table = Rowen.Cli.Output.Table;

namespace Rowen.Cli.Demo;

/// <summary>What people see of the demo; nothing where a program reads.</summary>
internal sealed class DemoScreen(VerbRun run)
{
    private const int BarWidth = 40;

    public void ShowCluster(IReadOnlyList<NodeView> nodes) => Say(
        $"A cluster runs: {Units.Things(nodes[0].Cores, "core")} and {Units.Bytes(nodes[0].MemoryBytes)} of {nodes[0].Name}.");

    public void ShowLease(Lease lease, int fileCount, string path)
    {
        Say($"{lease.Id} holds {Units.Things(lease.Cores, "core")}, all there are; invocations go over {lease.Provider}.");
        Say($"Counting the words of {Units.Count(fileCount)} {(fileCount == 1 ? "file" : "files")} under {Path.GetFullPath(path)}");
        Say($"(without folders called {string.Join(", ", TextFiles.SkippedFolders)}; files with a NUL in their first 8 KiB are no text).");
    }

    /// <summary>Shows a bar while something runs that takes steps.</summary>
    public async Task<T> WithProgressAsync<T>(int stepCount, Func<Action, Task<T>> runAsync)
    {
        if (!run.IsTerminal)
        {
            return await runAsync(() => { });
        }

        return await AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                ProgressTask bar = progress.AddTask("map", maxValue: stepCount);
                return await runAsync(() => bar.Increment(1));
            });
    }

    public void ShowWords(DemoAnswer answer)
    {
        if (run.IsJson)
        {
            return;
        }

        var table = new Table("word", "count", string.Empty) { Numbers = [1], WhenEmpty = "No words." };
        foreach (WordAnswer word in answer.Top)
        {
            int length = (int)Math.Max(1, word.Count * BarWidth / answer.Top[0].Count);
            table.Add(word.Word, Units.Count(word.Count), new string('█', length));
        }

        run.Write(table);
        Say($"{Units.Count(answer.WordCount)} words, {Units.Count(answer.DistinctWordCount)} different ones, in {Units.Count(answer.TextFileCount)} text files{Unreadable(answer)}.");
        string verdict = answer.Agrees ? "they agree, word for word" : "THEY DIFFER (did a file change meanwhile?)";
        Say($"Map over {Units.Things(answer.Cores, "core")}: {Time(answer.MapMs)}. Plain loop on one: {Time(answer.PlainLoopMs)}. Totals: {verdict}.");
    }

    public void ShowMeasuring()
    {
        Say(string.Empty);
        Say("Measuring a no-op that echoes 8 bytes, next to what this machine can do at all ...");
    }

    public void ShowLatency(DemoAnswer answer)
    {
        if (run.IsJson)
        {
            return;
        }

        var table = new Table("invocation", "Rowen", "p99", "floor", "ratio", "the floor is") { Numbers = [1, 2, 3, 4] };
        foreach (BenchmarkRow row in answer.Latency)
        {
            table.Add(
                row.Mode, Micros(row.MedianUs), Micros(row.P99Us), Micros(row.FloorUs),
                row.Ratio.ToString("0.00×", CultureInfo.InvariantCulture), row.Floor);
        }

        run.Write(table);
        Say(string.Empty);
        Say("What the lease of the map has used:");
        run.Write(UsageVerb.ToTable(answer.Usage is null ? [] : [answer.Usage]));
        ShowNext();
    }

    private void ShowNext()
    {
        Say(string.Empty);
        Say("Next:");
        Say("  ./rowen up --detach && ./rowen nodes   # a cluster that stays");
        Say("  ./rowen bench invoke                   # the whole table, with every floor");
        Say("  dotnet run samples/squares.cs          # your own function, in one file");
        Say("  ./rowen --help");
    }

    private void Say(string line)
    {
        if (!run.IsJson)
        {
            run.WriteLine(line);
        }
    }

    private static string Unreadable(DemoAnswer answer) =>
        answer.UnreadableFileCount == 0 ? string.Empty : $" ({Units.Count(answer.UnreadableFileCount)} could not be read)";

    private static string Time(double milliseconds) => Units.Duration(TimeSpan.FromMilliseconds(milliseconds));

    private static string Micros(double micros) => Units.Duration(TimeSpan.FromMicroseconds(micros));
}
