using System.CommandLine;
using System.CommandLine.Parsing;
using Rowen.Cli.Verbs;
using Rowen.Protocol.Errors;
using Rowen.ResourceManager.Harvesting;

namespace Rowen.Cli.Roles;

/// <summary>Options of <c>rowen up --slurm</c>.</summary>
internal static class HarvestOptions
{
    /// <summary>For its defaults.</summary>
    private static readonly HarvestSettings Normal = new() { ClusterPath = string.Empty, AgentCommand = [] };

    public static Option<bool> Slurm { get; } = new("--slurm")
    {
        Description = "Takes nodes from Slurm while leases wait for them, as pilot jobs of yours, and gives them back at once when Slurm asks. What stands behind -- goes to sbatch.",
    };

    public static Option<string?> Partition { get; } = new("--partition")
    {
        Description = "The partition that pilots are submitted to. Otherwise Slurm's default.",
        HelpName = "NAME",
    };

    public static Option<bool> Site { get; } = new("--site")
    {
        Description = "The site has agreed: Slurm is asked up to once a second, and not once in 15 s.",
    };

    public static Option<int> MaxNodes { get; } = Number("--max-nodes", "Most nodes that are held at a time, pilots in Slurm's queue included.", Normal.MaxNodes, 1, 10_000);

    public static Option<int> MaxPending { get; } = Number("--max-pending", "Most pilots in Slurm's queue at a time.", Normal.MaxPending, 1, 1_000);

    public static Option<int> HeadStart { get; } = Number("--head-start", "Nodes kept ready beyond what is needed now.", Normal.HeadStart, 0, 10_000);

    public static Option<int?> PilotCores { get; } = new("--pilot-cores")
    {
        Description = "Cores of each pilot, for sites whose nodes are shared. Otherwise whole nodes.",
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 1, 65_536),
    };

    public static Option<long?> PilotMemory { get; } = new("--pilot-memory")
    {
        Description = "Memory of each pilot, such as 8G. Otherwise Slurm's default for its cores, or all of a whole node.",
        HelpName = "SIZE",
        CustomParser = RoleOptions.ParseMemory,
    };

    public static Option<TimeSpan> TimeLimit { get; } = Time("--time-limit", "How long a pilot may run, such as 90m.", Normal.TimeLimit!.Value);

    public static Option<TimeSpan> IdleTimeout { get; } = Time("--idle-timeout", "How long a node may lie idle before it goes back.", Normal.IdleTimeout);

    public static Option<TimeSpan> DrainGrace { get; } = Time(
        "--drain-grace", "How long running invocations may finish when Slurm wants the node. Less than its KillWait.", Normal.DrainGrace);

    private static Option[] WithValues => [Partition, MaxNodes, MaxPending, HeadStart, PilotCores, PilotMemory, TimeLimit, IdleTimeout, DrainGrace];

    public static Argument<string[]> SubmitArguments { get; } = new("SBATCH")
    {
        Description = "With --slurm, behind --: more arguments of sbatch, such as --account=physics.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>What was typed of these options, to be typed again; empty without <c>--slurm</c>.</summary>
    public static IReadOnlyList<string> Retype(VerbRun run) => run.Get(Slurm) ? RetypePilots(run) : [];

    /// <summary>The same for a verb that means Slurm anyhow.</summary>
    public static IReadOnlyList<string> RetypePilots(VerbRun run)
    {
        string[] arguments = run.Get(SubmitArguments) ?? [];
        return
        [
            Slurm.Name,
            .. run.Get(Site) ? new[] { Site.Name } : [],
            .. WithValues.Where(run.Has).SelectMany(option => new[] { option.Name, run.TextOf(option) }),
            .. arguments.Length > 0 ? ["--", .. arguments] : Array.Empty<string>(),
        ];
    }

    /// <summary>Where nodes come from, for people.</summary>
    public static string Describe(VerbRun run)
    {
        HarvestSettings settings = Read(run);
        string partition = settings.Partition is null ? "default partition" : $"partition {settings.Partition}";
        return $"Slurm's {partition}, at most {Output.Units.Things(settings.MaxNodes, "node")}";
    }

    public static HarvestSettings Read(VerbRun run)
    {
        string[] arguments = run.Get(SubmitArguments) ?? [];
        if (arguments.Length > 0 && !run.HasDoubleDash)
        {
            throw new RowenException(ErrorCode.BadRequest, $"'{arguments[0]}' is no option of `rowen up`. Arguments of sbatch stand behind --.");
        }

        return new HarvestSettings
        {
            ClusterPath = run.ClusterPath,
            AgentCommand = RowenProgram.Command,
            Partition = run.Get(Partition),
            MaxNodes = run.Get(MaxNodes),
            MaxPending = run.Get(MaxPending),
            HeadStart = run.Get(HeadStart),
            PilotCores = run.Get(PilotCores),
            PilotMemoryBytes = run.Get(PilotMemory),
            TimeLimit = run.Get(TimeLimit),
            IdleTimeout = run.Get(IdleTimeout),
            DrainGrace = run.Get(DrainGrace),
            PollPeriod = run.Get(Site) ? TimeSpan.FromSeconds(1) : Normal.PollPeriod,
            SubmitArguments = arguments,
        };
    }

    public static VerbCommand WithHarvesting(this VerbCommand verb) => verb
        .With(Slurm).WithPilots()
        .Checks(command => FindStray(command, Slurm, [.. WithValues, Site]));

    /// <summary>All but <c>--slurm</c> itself.</summary>
    public static VerbCommand WithPilots(this VerbCommand verb) => verb
        .With(Partition).With(Site).With(MaxNodes).With(MaxPending).With(HeadStart).With(PilotCores).With(PilotMemory)
        .With(TimeLimit).With(IdleTimeout).With(DrainGrace).With(SubmitArguments);

    /// <summary>What is wrong with a command line where something was typed that only makes sense with Slurm, and Slurm was not; or null.</summary>
    public static string? FindStray(CommandResult command, Option<bool> slurm, IEnumerable<Option> options)
    {
        string? stray = options.FirstOrDefault(option => command.GetResult(option) is { Implicit: false })?.Name
            ?? (command.GetValue(SubmitArguments) is [{ } first, ..] ? $"'{first}'" : null);
        return stray is null || command.GetValue(slurm) ? null : StrayOption.Describe(stray, slurm);
    }

    private static Option<int> Number(string name, string description, int normal, int least, int most) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => normal,
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, least, most) ?? normal,
    };

    private static Option<TimeSpan> Time(string name, string description, TimeSpan normal) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => normal,
        HelpName = "TIME",
        CustomParser = TimeText.Parse,
    };
}
