using Rowen.Commands;

namespace Rowen.Cli.Runs;

/// <summary>What runs, for which items.</summary>
internal sealed record RunPlan(CommandPlan Command, ItemSource Source)
{
    public IEnumerable<CommandItem> Commands => Source.Items.Select(Command.Create);
}
