using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Rowen.Cli.Roles;
using Rowen.Cli.Verbs;

namespace Rowen.Cli.Runs;

/// <summary>Beside what a map, a run or a job may run, how long it waits, and what of it runs again: the same words in every verb.</summary>
internal sealed class LimitOptionSet
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(30);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(49);

    private readonly TimeSpan _defaultMaxWait;

    private readonly Option<TimeSpan> _maxWait;

    private readonly Option<TimeSpan> _timeout;

    private readonly Option<int> _retries = new("--retries")
    {
        Description = "How often an item is run again that has failed: a function that threw; a command with another exit code than 0, ended by a signal, or without a file of --fetch. Not one whose time was over.",
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 0, 1_000) ?? 0,
    };

    private readonly Option<int> _maxExecutorDeaths = new("--max-executor-deaths")
    {
        Description = "How many executors may die with an item before it is failed.",
        HelpName = "N",
        DefaultValueFactory = _ => 3,
        CustomParser = result => NumberRange.Parse(result, 1, 1_000) ?? 1,
    };

    private readonly Option<long?> _maxMemory = new("--max-memory")
    {
        Description = "Up to how much memory a lease is asked for when items run out of theirs, such as 16G. Otherwise four times what the first lease had.",
        HelpName = "SIZE",
        CustomParser = RoleOptions.ParseMemory,
    };

    private readonly Option<double> _straggler = new("--straggler-factor")
    {
        Description = "When nothing is left to begin, items that have run so many times longer than the median, such as 3, are run a second time elsewhere; the first result counts. They must bear that.",
        HelpName = "FACTOR",
        CustomParser = ParseFactor,
    };

    /// <summary>Options of one verb.</summary>
    /// <param name="noun">What it is about: run, or job.</param>
    /// <param name="defaultMaxWait">How long it waits for a lease if nothing is said.</param>
    public LimitOptionSet(string noun, TimeSpan defaultMaxWait)
    {
        _defaultMaxWait = defaultMaxWait;
        _maxWait = new Option<TimeSpan>("--max-wait")
        {
            Description = $"How long the {noun} may be without a lease, such as 30m, before it ends and says why. Otherwise {TimeText.Write(defaultMaxWait)}.",
            HelpName = "TIME",
            CustomParser = result => ParseUpTo(result, LongestWait),
        };
        _timeout = new Option<TimeSpan>("--timeout")
        {
            Description = $"How long the whole {noun} may take, such as 8h: then what runs is ended. Otherwise for ever.",
            HelpName = "TIME",
            CustomParser = result => ParseUpTo(result, LongestTimeout),
        };
    }

    public VerbCommand AddTo(VerbCommand verb) =>
        verb.With(CommonOptions.Bound).With(_maxWait).With(_timeout).With(_retries).With(_maxExecutorDeaths).With(_maxMemory).With(_straggler);

    /// <summary>What was typed, as a run of commands is told.</summary>
    public CommandOptions Apply(VerbRun run, CommandOptions options) => options with
    {
        Bound = run.Get(CommonOptions.Bound),
        MaxWait = MaxWait(run),
        Timeout = run.Get(_timeout),
        MaxRetries = run.Get(_retries),
        MaxExecutorDeaths = run.Get(_maxExecutorDeaths),
        MaxMemoryBytes = run.Get(_maxMemory) ?? 0,
        StragglerFactor = run.Get(_straggler),
    };

    /// <summary>The same, as a job is told.</summary>
    public JobOptions ToJobOptions(VerbRun run) => new()
    {
        Bound = run.Get(CommonOptions.Bound),
        MaxWait = MaxWait(run),
        Timeout = run.Get(_timeout),
        MaxExceptionRetries = run.Get(_retries),
        MaxExecutorDeaths = run.Get(_maxExecutorDeaths),
        MaxMemoryBytes = run.Get(_maxMemory) ?? 0,
        StragglerFactor = run.Get(_straggler),
    };

    private TimeSpan MaxWait(VerbRun run) => run.Get(_maxWait) is { Ticks: > 0 } said ? said : _defaultMaxWait;

    private static TimeSpan ParseUpTo(ArgumentResult result, TimeSpan most)
    {
        TimeSpan time = TimeText.Parse(result);
        if (time > most)
        {
            result.AddError($"{result.Tokens[0].Value} is longer than {TimeText.Write(most)}, which is the most.");
        }

        return time;
    }

    private static double ParseFactor(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double factor) && factor is >= 1.5 and <= 1_000)
        {
            return factor;
        }

        result.AddError($"--straggler-factor takes a number from 1.5 to 1000; '{text}' is none.");
        return 0;
    }
}
