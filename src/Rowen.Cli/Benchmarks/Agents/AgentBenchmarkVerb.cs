using System.CommandLine;
using System.Globalization;
using Rowen.Cli.Benchmarks.Reports;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;

namespace Rowen.Cli.Benchmarks.Agents;

/// <summary><c>rowen bench agents</c>.</summary>
internal static class AgentBenchmarkVerb
{
    private static readonly Option<int> Agents = new("--agents")
    {
        Description = "How many join at once, from 1 to 1000.",
        DefaultValueFactory = _ => 1_000,
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 1, 1_000) ?? 0,
    };

    public static VerbCommand Create() => new VerbCommand(
        "agents",
        "Measures the manager while many agents join at once, serve leases, and leave within two seconds. The agents are connections, not processes.",
        "rowen bench agents",
        "rowen bench agents --agents 200 --output json")
        .With(Agents)
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        AgentBenchmarkReport report = await new AgentBenchmark(run.Get(Agents), new BenchmarkProgress(run.Error)).RunAsync(cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(report, BenchmarkJson.Default.AgentBenchmarkReport);
            return ExitCode.Done;
        }

        var table = new Table("agents", "wall", "manager's processor time", "cores") { Numbers = [1, 2, 3] };
        foreach (AgentPhase phase in report.Phases)
        {
            table.Add(
                $"{Units.Count(report.Agents)} {phase.Name}", Time(phase.Seconds), Time(phase.ManagerSeconds),
                phase.ManagerCores.ToString("0.00", CultureInfo.InvariantCulture));
        }

        run.Write(table);
        run.WriteLine($"Leases lost: {report.LostLeases}. Goals: none lost, {Word(report.IsNothingLost)}; one core at most, {Word(report.IsWithinOneCore)}.");
        return ExitCode.Done;
    }

    private static string Word(bool isReached) => isReached ? "reached" : "not reached";

    private static string Time(double seconds) => Units.Duration(TimeSpan.FromSeconds(seconds));
}
