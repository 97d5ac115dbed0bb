using System.CommandLine;

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

    public static Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Shows where an error came from, and more in the log.",
        Recursive = true,
    };

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
