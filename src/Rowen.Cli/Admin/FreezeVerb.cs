using System.CommandLine;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Harvests;
using Rowen.Protocol.Nodes;

namespace Rowen.Cli.Admin;

/// <summary><c>rowen admin freeze</c> and <c>rowen admin thaw</c>.</summary>
internal static class FreezeVerb
{
    private static readonly TimeSpan LookPeriod = TimeSpan.FromMilliseconds(200);

    /// <summary>What agents and batch system may take beyond the grace.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    private static readonly Option<TimeSpan> Within = new("--within")
    {
        Description = "How long running invocations may finish, such as 10s.",
        DefaultValueFactory = _ => TimeSpan.FromSeconds(5),
        HelpName = "TIME",
        CustomParser = TimeText.Parse,
    };

    public static VerbCommand CreateFreeze() => new VerbCommand(
        "freeze",
        "No new pilots, and every harvested node goes back. Returns when they are gone. Remembered until `rowen admin thaw`.",
        "rowen admin freeze",
        "rowen admin freeze --within 30s")
        .WithCluster().With(Within)
        .Runs(FreezeAsync);

    public static VerbCommand CreateThaw() => new VerbCommand(
        "thaw", "Lets harvesting go on, after a freeze or after too many failures in a row.", "rowen admin thaw")
        .WithCluster()
        .Runs(ThawAsync);

    private static async Task<int> FreezeAsync(VerbRun run, CancellationToken cancellationToken)
    {
        using ManagerClient manager = run.Connect();
        TimeSpan within = run.Get(Within);
        await manager.FreezeAsync(new FreezeAsk { IsFrozen = true, GraceMs = (long)within.TotalMilliseconds }, cancellationToken);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(within + Margin);
        HarvestView view = await WaitUntilGoneAsync(manager, within + Margin, bound.Token, cancellationToken);
        Say(run, view, "Nothing is harvested any more, and every harvested node has gone back. `rowen admin thaw` lets it go on.");
        return ExitCode.Done;
    }

    private static async Task<int> ThawAsync(VerbRun run, CancellationToken cancellationToken)
    {
        using ManagerClient manager = run.Connect();
        Say(run, await manager.FreezeAsync(new FreezeAsk(), cancellationToken), "Nodes are harvested again, while leases wait for them.");
        return ExitCode.Done;
    }

    private static async Task<HarvestView> WaitUntilGoneAsync(
        ManagerClient manager, TimeSpan bound, CancellationToken waiting, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                NodeView[] nodes = await manager.GetNodesAsync(waiting);
                HarvestView view = await manager.GetHarvestAsync(waiting);
                if (view is { IsFrozen: true, Pilots.Count: 0 } && !nodes.Any(node => node.BatchJob.Length > 0 && !node.HasLeft))
                {
                    return view;
                }

                await Task.Delay(LookPeriod, TimeProvider.System, waiting);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RowenException(
                ErrorCode.DeadlineExceeded,
                $"Harvesting is frozen, but not every node had left within {bound.TotalSeconds:0} s: see `rowen pilots`; `scancel` ends what hangs.");
        }
    }

    private static void Say(VerbRun run, HarvestView view, string sentence)
    {
        if (run.IsJson)
        {
            run.WriteJson(view);
        }
        else
        {
            run.WriteLine(sentence);
        }
    }
}
