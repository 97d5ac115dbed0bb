using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Rowen.Cli.Admin;
using Rowen.Cli.Benchmarks;
using Rowen.Cli.Data;
using Rowen.Cli.Fabrics;
using Rowen.Cli.Jobs;
using Rowen.Cli.Output;
using Rowen.Cli.Runs;
using Rowen.Cli.Signals;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Verbs;

/// <summary>The tree of verbs.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (HookVerb.TryRunAtOnce(arguments))
        {
            return ExitCode.Done;
        }

        using var termination = new Termination();
        ParseResult parsed = CreateRoot(termination).Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            return ExplainUsage(parsed, arguments);
        }

        // Signals are ours: the library would end the process two seconds after the first.
        var configuration = new InvocationConfiguration { ProcessTerminationTimeout = null };
        int exitCode = await parsed.InvokeAsync(configuration, termination.Requested);
        return exitCode == ExitCode.Interrupted ? termination.ExitCode : exitCode;
    }

    internal static RootCommand CreateRoot(Termination termination)
    {
        var root = new RootCommand("Rowen calls functions on the idle parts of a cluster: hot, warm or cold, and a million at a time.")
        {
            HelpName = "rowen",
        };
        root.Options.Remove(root.Options.OfType<VersionOption>().Single());
        root.Options.Add(CommonOptions.Verbose);
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ExamplesHelp((HelpAction)help.Action!);
        AddVerbs(root, termination);
        return root;
    }

    private static void AddVerbs(RootCommand root, Termination termination)
    {
        root.Subcommands.Add(DemoVerb.Create());
        root.Subcommands.Add(UpVerb.Create(termination));
        root.Subcommands.Add(DownVerb.Create());
        root.Subcommands.Add(ManagerVerb.Create(termination));
        root.Subcommands.Add(AgentVerb.Create(termination));
        root.Subcommands.Add(ShareVerb.Create());
        root.Subcommands.Add(HookVerb.Create());
        root.Subcommands.Add(NodesVerb.Create());
        root.Subcommands.Add(PilotsVerb.Create());
        root.Subcommands.Add(LeasesVerb.Create());
        root.Subcommands.Add(UsageVerb.Create());
        root.Subcommands.Add(CallVerb.Create());
        root.Subcommands.Add(RunVerb.Create(termination));
        root.Subcommands.Add(LogsVerb.Create());
        root.Subcommands.Add(SubmitVerb.Create());
        root.Subcommands.Add(JobsVerb.Create());
        root.Subcommands.Add(AttachVerb.Create());
        root.Subcommands.Add(AttachVerb.CreateWait());
        root.Subcommands.Add(ResultsVerb.Create());
        root.Subcommands.Add(ExplainVerb.Create());
        root.Subcommands.Add(CancelVerb.Create());
        root.Subcommands.Add(RestartVerbs.CreateResume());
        root.Subcommands.Add(RestartVerbs.CreateRerun());
        root.Subcommands.Add(ReportVerb.Create());
        root.Subcommands.Add(RunJobVerb.Create(termination));
        root.Subcommands.Add(DataCommands.Create());
        root.Subcommands.Add(BenchmarkCommands.Create());
        root.Subcommands.Add(FabricCommands.Create());
        root.Subcommands.Add(DoctorVerb.Create());
        root.Subcommands.Add(AdminCommands.Create());
        root.Subcommands.Add(VersionVerb.Create());
        root.Subcommands.Add(CompletionVerb.Create());
    }

    /// <summary>The verb as it is typed: <c>rowen bench invoke</c>.</summary>
    internal static string NameOf(CommandResult command) =>
        command.Parent is CommandResult above ? $"{NameOf(above)} {command.Command.Name}" : "rowen";

    private static int ExplainUsage(ParseResult parsed, string[] arguments)
    {
        string name = NameOf(parsed.CommandResult);
        string errors = parsed.CommandResult.Command is RootCommand && parsed.UnmatchedTokens is [{ } verb, ..]
            ? $"'{verb}' is no verb and no option of rowen." // not what stands behind it, too
            : string.Join(' ', parsed.Errors.Select(error => error.Message).Distinct());
        var error = new ErrorAnswer(ErrorCode.BadRequest, $"{errors} See `{name} --help`.");
        Console.Error.WriteLine(ErrorLine.Of(name, error, AsksForJson(arguments)));
        return ExitCode.Usage;
    }

    /// <summary>Whether a program reads the answer. By the arguments as typed: what was parsed is in error.</summary>
    private static bool AsksForJson(string[] arguments) =>
        arguments.Zip(arguments.Skip(1)).Any(pair => pair is { First: "--output" or "-o", Second: "json" })
        || arguments.Any(argument => argument is "--output=json" or "--output:json" or "-o=json" or "-o:json" or "-ojson");
}
