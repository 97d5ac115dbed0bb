using System.CommandLine;
using System.CommandLine.Parsing;

namespace Rowen.Cli.Verbs;

/// <summary>An option that only makes sense beside another one, which was not typed.</summary>
internal static class StrayOption
{
    /// <summary>What is wrong with a command line that has an option without the one that it belongs to; or null.</summary>
    public static string? Find(CommandResult command, Option option, Option<bool> owner) =>
        command.GetResult(option) is { Implicit: false } && !command.GetValue(owner) ? Describe(option.Name, owner) : null;

    /// <summary>The same of something else that was typed.</summary>
    public static string Describe(string stray, Option owner) => $"{stray} belongs to {owner.Name}: add that, or leave it out.";
}
