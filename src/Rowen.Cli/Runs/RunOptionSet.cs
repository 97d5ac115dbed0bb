using System.CommandLine;
using System.CommandLine.Parsing;
using Rowen.Cli.Output;
using Rowen.Cli.Verbs;
using Rowen.Commands;

namespace Rowen.Cli.Runs;

/// <summary>What can be typed after <c>rowen run</c>, and the plan that it makes.</summary>
internal sealed class RunOptionSet
{
    private readonly Argument<string[]> _command = new("COMMAND")
    {
        Description = "The program and its arguments, after --. No shell parses them.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _array = new("--array") { Description = "Items are numbers: 1-1000, 0-100:10, 1,5,7-9.", HelpName = "RANGE" };

    private readonly Option<string?> _lines = new("--each-line") { Description = "Items are the lines of a file; - is standard input.", HelpName = "FILE" };

    private readonly Option<string?> _json = new("--from-json")
    {
        Description = "Items are the elements of a JSON array, or JSON values one after the other; - is standard input.",
        HelpName = "FILE",
    };

    private readonly Option<int> _cores = new("--cores")
    {
        Description = "Cores of each item, on one node; OMP_NUM_THREADS and the like say so.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
        CustomParser = result => NumberRange.Parse(result, 1, 4096) ?? 1,
    };

    private readonly Option<long?> _memory = new("--memory")
    {
        Description = "Memory of each item, such as 2G. Otherwise its cores' share of the node.",
        HelpName = "SIZE",
        CustomParser = Roles.RoleOptions.ParseMemory,
    };

    private readonly Option<TimeSpan> _time = new("--time-request")
    {
        Description = "How long one item may run, such as 90s, 5m or 2h: leases are asked for that last so long, and it is ended, and has failed, when that is over.",
        HelpName = "TIME",
        CustomParser = TimeText.Parse,
    };

    private readonly Option<int> _maxRunning = new("--max-running")
    {
        Description = "How many items run at the same time at most. 0: as many as there is room for.",
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 0) ?? 0,
    };

    private readonly Option<bool> _shell = new("--shell")
    {
        Description = "COMMAND is a script for /bin/sh. Items are variables in it, never part of it: \"$item\", $index, \"$item_FIELD\".",
    };

    private readonly Option<string?> _folder = new("--workdir") { Description = "Folder in which items start; all nodes must see it. Otherwise the current one.", HelpName = "FOLDER" };

    private readonly Option<bool> _scratch = new("--scratch") { Description = "Each item starts in an empty folder of its own, on its node, which is removed afterwards." };

    private readonly Option<string[]> _environment = new("--env", "-e")
    {
        Description = "A variable for the items: NAME=VALUE, or NAME with the value that it has here.",
        HelpName = "NAME[=VALUE]",
    };

    private readonly Option<string?> _input = new("--input-file") { Description = "What items read as standard input: a file that all nodes see, such as in/{item}.", HelpName = "FILE" };

    private readonly Option<string[]> _send = new("--send") { Description = "A file that is put into each item's folder; with --scratch.", HelpName = "FILE" };

    private readonly Option<string[]> _fetch = new("--fetch") { Description = "A file that each item writes, and that is brought back; with --into.", HelpName = "FILE" };

    private readonly Option<bool> _keepGoing = new("--keep-going", "-k") { Description = "A failed item does not end the others." };

    private readonly Option<long> _maxOutput = new("--max-output")
    {
        Description = "How much output of each item is kept, of stdout and stderr each. Of more the first and last half.",
        HelpName = "SIZE",
        DefaultValueFactory = _ => 16L << 20,
        CustomParser = ParseSize,
    };

    /// <summary>Where fetched files go.</summary>
    private readonly Option<string?> _into = new("--into") { Description = "Folder for fetched files, such as results/{index}. Otherwise in the run's own, by item.", HelpName = "FOLDER" };

    private readonly LimitOptionSet _limits = new("run", new CommandOptions().MaxWait);

    public Option<bool> Print { get; } = new("--print") { Description = "Prints what items print, as soon as each has ended. A single item's is printed anyway." };

    public Option<bool> DryRun { get; } = new("--dry-run") { Description = "Shows the first commands as they would run, and runs nothing." };

    public Option<bool> Local { get; } = new("--local") { Description = "Runs on this machine, in a cluster that lives as long as the run." };

    public VerbCommand AddTo(VerbCommand verb)
    {
        verb.Checks(FindFault)
            .MayBeEmpty(_command).MayBeEmpty(_environment)
            .With(_command).With(_array).With(_lines).With(_json)
            .With(_cores).With(_memory).With(_time).With(_maxRunning)
            .With(_shell).With(_folder).With(_scratch).With(_environment).With(_input).With(_send).With(_fetch).With(_into)
            .With(_keepGoing);
        return _limits.AddTo(verb).With(Print).With(_maxOutput).With(DryRun).With(Local);
    }

    /// <summary>The options of a command that is to be a job: those that say what an item is given, and nothing of items themselves.</summary>
    public IReadOnlyList<Option> OfCommand =>
        [_time, _maxRunning, _shell, _folder, _scratch, _environment, _input, _send, _fetch, _into, _maxOutput];

    /// <summary>Adds them.</summary>
    public VerbCommand AddCommandTo(VerbCommand verb)
    {
        foreach (Option option in OfCommand)
        {
            verb.With(option);
        }

        return verb.Checks(FindFolderFault).MayBeEmpty(_environment);
    }

    /// <exception cref="FormatException">What was typed cannot be.</exception>
    public RunPlan CreatePlan(VerbRun run) => new(
        CreateCommand(run, run.Get(_command)!, run.Get(_cores)),
        run.Get(_array) is { } range ? ItemSource.OfArray(range)
            : run.Get(_lines) is { } lines ? ItemSource.OfLines(lines)
            : run.Get(_json) is { } json ? ItemSource.OfJson(json)
            : ItemSource.Single);

    /// <exception cref="FormatException">What was typed cannot be.</exception>
    public CommandPlan CreateCommand(VerbRun run, IReadOnlyList<string> template, int cores) => new()
    {
        Arguments = CheckShell(template, run.Get(_shell)),
        IsShell = run.Get(_shell),
        WorkingFolder = run.Get(_scratch) ? null : Path.GetFullPath(run.Get(_folder) ?? Environment.CurrentDirectory),
        Environment = ReadEnvironment(run.Get(_environment) ?? []),
        InputPath = run.Get(_input) is { } input ? Path.GetFullPath(input) : null,
        FilesIn = [.. (run.Get(_send) ?? []).Select(ReadFile)],
        FilesOut = run.Get(_fetch) ?? [],
        Into = run.Get(_into) is { } into ? Path.GetFullPath(into) : null,
        TimeLimit = run.Get(_time),
        Cores = cores,
        MaxRunning = run.Get(_maxRunning),
        MaxOutputBytes = (int)run.Get(_maxOutput),
    };

    public CommandOptions CreateOptions(VerbRun run, IProgress<MapProgress> progress) => _limits.Apply(run, new CommandOptions
    {
        Cores = run.Get(_cores),
        MemoryBytes = run.Get(_memory) ?? 0,
        TimeRequest = run.Get(_time),
        MaxRunning = run.Get(_maxRunning),
        Errors = run.Get(_keepGoing) ? MapErrors.Collect : MapErrors.Stop,
        Progress = progress,
    });

    private string? FindFault(CommandResult command)
    {
        int sources = new Option[] { _array, _lines, _json }.Count(option => command.GetResult(option) is not null);
        return command.GetResult(_command)?.Tokens[0].Value is ['-', _, ..] mistyped
            ? $"'{mistyped}' is no option; of a program by that name, give the path: ./{mistyped}."
            : sources > 1 ? "Items come from one place: --array, --each-line or --from-json."
            : FindFolderFault(command);
    }

    private string? FindFolderFault(CommandResult command) =>
        command.GetResult(_folder) is not null && command.GetResult(_scratch) is not null ? "Say either --workdir or --scratch."
            : command.GetResult(_send) is not null && command.GetResult(_scratch) is null ? "--send needs --scratch: items of one folder would write the same file."
            : null;

    private static IReadOnlyList<string> CheckShell(IReadOnlyList<string> template, bool isShell) => isShell && new CommandTemplate(template).HasPlaces
        ? throw new FormatException("With --shell an item is a variable and not part of the script: write \"$item\", $index or \"$item_FIELD\" instead of {item}, in double quotes.")
        : template;

    private static Dictionary<string, string> ReadEnvironment(IEnumerable<string> entries)
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal);
        foreach (string entry in entries)
        {
            int sign = entry.IndexOf('=', StringComparison.Ordinal);
            string name = sign < 0 ? entry : entry[..sign];
            environment[name] = sign >= 0 ? entry[(sign + 1)..]
                : Environment.GetEnvironmentVariable(name) ?? throw new FormatException($"--env {name}: there is no variable {name} here. Give its value: --env {name}=VALUE.");
        }

        return environment;
    }

    private static CommandFile ReadFile(string path) => new(Path.GetFileName(path), File.ReadAllBytes(path))
    {
        IsExecutable = (File.GetUnixFileMode(path) & UnixFileMode.UserExecute) != 0,
    };

    private static long ParseSize(ArgumentResult result)
    {
        const long max = 512L << 20;
        if (Units.TryParseBytes(result.Tokens[0].Value, out long bytes) && bytes <= max)
        {
            return bytes;
        }

        result.AddError($"'{result.Tokens[0].Value}' is no size up to 512M: sizes look like 64K or 16M.");
        return 0;
    }
}
