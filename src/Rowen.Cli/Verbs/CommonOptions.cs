using System.CommandLine;
using System.CommandLine.Parsing;
using Rowen.Protocol.Leases;
using Rowen.ResourceManager.Placement;

namespace Rowen.Cli.Verbs;

/// <summary>Options that mean the same in every verb.</summary>
internal static class CommonOptions
{
    public static Option<string> Output { get; } = CreateOutput();

    public static Option<string> Cluster { get; } = new("--cluster")
    {
        Description = "The cluster file. Otherwise ROWEN_CLUSTER, then ~/.rowen/cluster.json.",
        HelpName = "FILE",
    };

    public static Option<BoundBy> Bound { get; } = new("--bound")
    {
        Description = "What bounds the speed of it. What would slow each other down, functions and the batch job beside which they would run, is kept apart.",
        HelpName = "compute|memory|network",
        CustomParser = ParseBound,
    };

    public static Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Shows where an error came from, and more in the log.",
        Recursive = true,
    };

    private static BoundBy ParseBound(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (Interference.TryParse(text, out BoundBy bound))
        {
            return bound;
        }

        result.AddError($"--bound takes compute, memory or network; '{text}' is none of them.");
        return default;
    }

    private static Option<string> CreateOutput()
    {
        Option<string> output = new("--output", "-o")
        {
            Description = "table for people, json for programs.",
            DefaultValueFactory = _ => "table",
            HelpName = "table|json",
        };
        output.AcceptOnlyFromAmong("table", "json");
        return output;
    }
}
