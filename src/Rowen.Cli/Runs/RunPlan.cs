using Rowen.Commands;

namespace Rowen.Cli.Runs;

/// <summary>Makes each item's command from what the user typed.</summary>
internal sealed class RunPlan
{
    /// <summary>Shells that read a script as an argument, so that items are not part of it.</summary>
    private const string Shell = "/bin/sh";

    public required CommandTemplate Template { get; init; }

    public required ItemSource Source { get; init; }

    /// <summary>The arguments are a script; items come to it as variables.</summary>
    public bool IsShell { get; init; }

    /// <summary>Null: a folder of its own for each item.</summary>
    public string? WorkingFolder { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public string? InputPath { get; init; }

    public IReadOnlyList<CommandFile> FilesIn { get; init; } = [];

    public IReadOnlyList<string> FilesOut { get; init; } = [];

    public TimeSpan TimeLimit { get; init; }

    public int Cores { get; init; } = 1;

    public int MaxOutputBytes { get; init; } = 16 << 20;

    public IEnumerable<CommandItem> Commands => Source.Items.Select(Create);

    /// <summary>The command of one item.</summary>
    /// <exception cref="ArgumentException">The template names what the item does not have.</exception>
    public CommandItem Create(ItemValues values) => new()
    {
        Arguments = IsShell ? [Shell, "-c", string.Join(' ', Template.Arguments)] : Template.Expand(values),
        Environment = IsShell ? WithVariables(values) : Environment,
        InputPath = InputPath is null ? null : CommandTemplate.Expand(InputPath, values),
        WorkingFolder = WorkingFolder,
        FilesIn = FilesIn,
        FilesOut = [.. FilesOut.Select(path => CommandTemplate.Expand(path, values))],
        TimeLimit = TimeLimit,
        Cores = Cores,
        MaxOutputBytes = MaxOutputBytes,
    };

    /// <summary>Names that no program gives a meaning to, whatever the fields of an item are called.</summary>
    private Dictionary<string, string> WithVariables(ItemValues values)
    {
        var environment = new Dictionary<string, string>(Environment, StringComparer.Ordinal)
        {
            [ItemValues.IndexName] = values.Get(ItemValues.IndexName),
        };
        if (values.Text is { } text)
        {
            environment[ItemValues.ItemName] = text;
        }

        foreach ((string name, string value) in values.Fields)
        {
            environment[$"{ItemValues.ItemName}_{name}"] = value;
        }

        return environment;
    }
}
