using Rowen.Cli.Output;
using Rowen.Cli.Signals;
using Rowen.Cli.Verbs;
using Rowen.Commands;
using Rowen.Runs;

namespace Rowen.Cli.Runs;

/// <summary><c>rowen run -- PROGRAM</c>.</summary>
internal static class RunVerb
{
    private const int DryCount = 10;

    public static VerbCommand Create(Termination termination)
    {
        var options = new RunOptionSet();
        VerbCommand verb = new VerbCommand(
            "run",
            "Runs a program for each item on leased cores, and waits. {item}, {index} and {FIELD} stand for what differs.",
            "rowen run --array 1-1000 -- ./simulate --seed {item}",
            "rowen run --each-line cities.txt --keep-going -- ./weather {item}",
            "rowen run --array 1-1000 --retries 2 --timeout 1h --straggler-factor 3 -- ./simulate --seed {item}",
            "rowen run --from-json points.json --cores 2 --time-request 5m -- ./solve --x {x} --y {y}",
            "rowen run --each-line files.txt --shell -- 'gzip -c \"$item\" > \"$item.gz\"'",
            "rowen run --array 0-3 --dry-run -- echo {item}")
            .WithCluster();
        return options.AddTo(verb).Runs((run, cancellationToken) => RunAsync(run, options, termination, cancellationToken));
    }

    private static async Task<int> RunAsync(VerbRun run, RunOptionSet options, Termination termination, CancellationToken cancellationToken)
    {
        RunPlan plan = options.CreatePlan(run);
        if (run.Get(options.DryRun))
        {
            ShowDry(run, plan);
            return ExitCode.Done;
        }

        foreach (ItemValues first in plan.Source.Items.Take(1))
        {
            _ = plan.Command.Create(first); // what is wrong with the command is said before anything is asked for
        }

        using CancellationTokenRegistration urged = termination.Urged.Register(() => Environment.Exit(termination.ExitCode));
        await using RowenClient client = run.Get(options.Local)
            ? await RowenClient.StartLocalAsync(new LocalClusterOptions { RowenPath = AppContext.BaseDirectory }, cancellationToken)
            : await RowenClient.ConnectAsync(run.ClusterPath, cancellationToken: cancellationToken);
        RunStore store = RunStore.OfUser();
        store.Prune(TimeProvider.System.GetUtcNow(), RunStore.MaxAge, RunStore.MaxBytes);
        using StoredRun stored = store.Create(new RunDescription
        {
            Command = plan.Command.Arguments,
            ItemCount = plan.Source.Count,
            StartedAt = TimeProvider.System.GetUtcNow(),
            Folder = Environment.CurrentDirectory,
        });
        var foreground = new ForegroundRun(run, options, plan, stored);
        return await foreground.RunAsync(client, cancellationToken);
    }

    private static void ShowDry(VerbRun run, RunPlan plan)
    {
        List<(long Index, CommandItem Item)> commands = [.. plan.Source.Items.Take(DryCount).Select(values => (values.Index, plan.Command.Create(values)))];
        if (run.IsJson)
        {
            run.WriteJson(
                new DryRunAnswer(plan.Source.Count, [.. commands.Select(command => new DryCommand(command.Index, command.Item.Arguments, command.Item.WorkingFolder))]),
                RunAnswersJson.Default.DryRunAnswer);
            return;
        }

        commands.ForEach(command => run.WriteLine(ShellText.Of(command.Item.Arguments)));
        string more = plan.Source.Count is { } count ? $"{Units.Count(count)} in all" : "and perhaps more";
        run.Error.WriteLine($"rowen run: the first {commands.Count} of them, {more}; nothing was run.");
    }
}
