using System.CommandLine;
using System.Globalization;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.Protocol.Audits;
using Rowen.Protocol.Clusters;

namespace Rowen.Cli.Admin;

/// <summary><c>rowen admin audit</c>: who did what when.</summary>
internal static class AuditVerb
{
    private static readonly Option<TimeSpan> Since = new("--since")
    {
        Description = "How far to look back, such as 10m or 2d.",
        DefaultValueFactory = _ => TimeSpan.FromDays(1),
        HelpName = "TIME",
        CustomParser = TimeText.Parse,
    };

    public static VerbCommand Create() => new VerbCommand(
        "audit",
        "Lists who did what when: leases, nodes, pilots, limits, packages, freezes. The newest 10,000 entries at most; the file audit.jsonl of the manager's state folder has them all.",
        "rowen admin audit",
        "rowen admin audit --since 10m",
        "rowen admin audit --since 7d --output json")
        .WithCluster().With(Since)
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        using ManagerClient manager = run.Connect();
        AuditEntry[] entries = await manager.GetAuditAsync(run.Get(Since), cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(entries);
            return ExitCode.Done;
        }

        var table = new Table("at", "what", "user", "account", "lease", "node", "job", "more") { WhenEmpty = "Nothing has happened in that time." };
        foreach (AuditEntry entry in entries)
        {
            table.Add(
                entry.At.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), entry.Event.ToString(), entry.User, entry.Account,
                entry.Lease?.ToString() ?? string.Empty, entry.Node?.ToString() ?? string.Empty, entry.Job ?? string.Empty, ErrorLine.OneLine(entry.What));
        }

        run.Write(table);
        return ExitCode.Done;
    }
}
