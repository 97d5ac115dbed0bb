using System.CommandLine;
using Rowen.NodeAgent.Neighbors;

namespace Rowen.Cli.Roles;

/// <summary>Options of <c>rowen hook</c>, and of the agent to which it talks.</summary>
internal static class HookOptions
{
    /// <summary>How long what runs on a node may finish when a job comes: less than the prolog waits.</summary>
    public static TimeSpan MaxGrace { get; } = TimeSpan.FromSeconds(1);

    public static Option<string> Folder { get; } = new("--hooks")
    {
        Description = "Folder by which the hooks and the agent of a node tell each other of jobs; of the node alone, and empty after a restart.",
        DefaultValueFactory = _ => HookFolder.NormalPath,
        HelpName = "DIR",
    };
}
