using System.CommandLine;
using System.CommandLine.Parsing;
using Rowen.Cli.Verbs;
using Rowen.Fabric.OperatingSystem;
using Rowen.ResourceManager.Harvesting.Slurm;

namespace Rowen.Cli.Roles;

/// <summary>Options of <c>rowen share</c>.</summary>
internal static class ShareOptions
{
    public static Option<int?> Cores { get; } = new("--cores")
    {
        Description = "Lends so many cores of each node: the highest that none of the job's processes is bound to.",
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 1),
    };

    public static Option<IReadOnlyList<int>?> Processors { get; } = new("--cpus")
    {
        Description = "Lends exactly these processors of each node, such as 12-15, and not the highest.",
        HelpName = "LIST",
        CustomParser = ParseProcessors,
    };

    public static Option<long?> Memory { get; } = new("--memory")
    {
        Description = "Lends at most so much memory of each node, such as 8G, the agent's own included; at least 64M.",
        HelpName = "SIZE",
        CustomParser = RoleOptions.ParseMemory,
    };

    public static Option<TimeSpan> DrainGrace { get; } = new("--drain-grace")
    {
        Description = "How long running invocations may finish when the job ends: its nodes are not free before.",
        DefaultValueFactory = _ => LendingStep.NormalGrace,
        HelpName = "TIME",
        CustomParser = TimeText.Parse,
    };

    private static IReadOnlyList<int>? ParseProcessors(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (ProcessorList.TryParse(text, out IReadOnlyList<int> processors))
        {
            return processors;
        }

        result.AddError($"--cpus takes processor numbers such as 12-15 or 3,7; '{text}' is none.");
        return null;
    }
}
