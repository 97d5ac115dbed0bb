namespace Rowen.Commands;

/// <summary>Makes each item's command from what the user typed. Jobs keep it as JSON in their journal.</summary>
internal sealed record CommandPlan
{
    /// <summary>Shells that read a script as an argument, so that items are not part of it.</summary>
    private const string Shell = "/bin/sh";

    /// <summary>The template: see <see cref="CommandTemplate"/>.</summary>
    public IReadOnlyList<string> Arguments { get; set; } = [];

    /// <summary>The arguments are a script; items come to it as variables.</summary>
    public bool IsShell { get; set; }

    /// <summary>Null: a folder of its own for each item.</summary>
    public string? WorkingFolder { get; set; }

    public IReadOnlyDictionary<string, string> Environment { get; set; } = new Dictionary<string, string>();

    public string? InputPath { get; set; }

    public IReadOnlyList<CommandFile> FilesIn { get; set; } = [];

    public IReadOnlyList<string> FilesOut { get; set; } = [];

    /// <summary>Where they are put; null: with the run, or the job.</summary>
    public string? Into { get; set; }

    public TimeSpan TimeLimit { get; set; }

    /// <summary>Of each item.</summary>
    public int Cores { get; set; } = 1;

    /// <summary>How many items run at the same time at most; 0: as many as there is room for.</summary>
    public int MaxRunning { get; set; }

    public int MaxOutputBytes { get; set; } = 16 << 20;

    /// <summary>The command of one item.</summary>
    /// <exception cref="ArgumentException">The template names what the item does not have.</exception>
    public CommandItem Create(ItemValues values) => new()
    {
        Arguments = IsShell ? [Shell, "-c", string.Join(' ', Arguments)] : new CommandTemplate(Arguments).Expand(values),
        Environment = IsShell ? WithVariables(values) : Environment,
        InputPath = InputPath is null ? null : CommandTemplate.Expand(InputPath, values),
        WorkingFolder = WorkingFolder,
        FilesIn = FilesIn,
        FilesOut = [.. FilesOut.Select(path => CommandTemplate.Expand(path, values))],
        TimeLimit = TimeLimit,
        Cores = Cores,
        MaxOutputBytes = MaxOutputBytes,
    };

    /// <summary>Writes down the files that an item has brought back.</summary>
    /// <param name="outcome">What came of it; its files have names that were asked for: <see cref="CommandRun"/> sees to it.</param>
    /// <param name="home">The folder of the run or the job.</param>
    public void SaveFiles(CommandOutcome outcome, string home)
    {
        string number = ItemValues.TextOf(outcome.Index);
        string folder = Into is null
            ? Path.Combine(home, "files", number)
            : CommandTemplate.Expand(Into, ItemValues.OfText(outcome.Index, text: null));
        foreach (CommandFile file in outcome.Files)
        {
            string path = Path.Combine(folder, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var stream = new FileStream(path, FileMode.Create, FileAccess.Write);
            stream.Write(file.Content.Span);
        }
    }

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
