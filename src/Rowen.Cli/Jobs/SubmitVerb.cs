using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using Rowen.Cli.Output;
using Rowen.Cli.Roles;
using Rowen.Cli.Runs;
using Rowen.Cli.Verbs;
using Rowen.Commands;
using Rowen.Functions;
using Rowen.Jobs;
using Rowen.Protocol.Clusters;

namespace Rowen.Cli.Jobs;

/// <summary><c>rowen submit FUNCTION</c>, <c>rowen submit -- PROGRAM</c>.</summary>
internal static class SubmitVerb
{
    /// <summary>What is sent to each item stands in one record of the journal.</summary>
    private const long MaxSentBytes = 512 << 10;

    private const int MaxNameLength = 60;

    private static readonly Argument<string[]> What = new("FUNCTION|COMMAND")
    {
        Description = "The function's name in the package; or, after --, a program and its arguments.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly RunOptionSet OfCommand = new();

    private static readonly LimitOptionSet Limits = new("job", JobPolicy.DefaultMaxWait);

    private static readonly Option<string?> Code = new("--code")
    {
        Description = "Folder of a .NET code package, as `dotnet publish` left it. It is copied.",
        HelpName = "FOLDER",
    };

    private static readonly Option<string?> Library = new("--library") { Description = "A native library that exports the function. It is copied.", HelpName = "SO" };

    private static readonly Option<string?> Name = new("--name") { Description = "What `rowen jobs` shows. Otherwise the function's name.", HelpName = "TEXT" };

    private static readonly Option<int> Cores = new("--cores")
    {
        Description = "Of a function: how many cores to lease; 0: every free one. Of a command: cores of each item, otherwise 1.",
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 0) ?? 0,
    };

    private static readonly Option<long?> Memory = new("--memory")
    {
        Description = "Memory of each lease, such as 4G; at least 64M. Of a command: of each item. Otherwise the node's share for its cores.",
        HelpName = "SIZE",
        CustomParser = RoleOptions.ParseMemory,
    };

    private static readonly Option<int> Deadline = new("--deadline")
    {
        Description = "Ends an item of a function that takes longer, in milliseconds. 0: none.",
        HelpName = "MS",
        CustomParser = result => NumberRange.Parse(result, 0) ?? 0,
    };

    public static VerbCommand Create()
    {
        VerbCommand verb = new VerbCommand(
            "submit",
            "Hands a map over to a process of its own, which outlives the terminal; prints the job's name.",
            "rowen submit CountWords --code artifacts/rowen/samples/WordCount --each-line files.txt",
            "rowen submit Square --code ./published --array 1-100000 --cores 8",
            "rowen submit --array 1-1000 --time-request 5m -- ./simulate --seed {item}",
            "rowen submit --array 1-1000 --retries 2 --timeout 8h --max-wait 30m --straggler-factor 3 -- ./simulate --seed {item}",
            "rowen attach J1",
            "rowen wait J1 && rowen results J1 > results.txt",
            "rowen logs J1 12 --stream err")
            .WithCluster()
            .Checks(FindFault)
            .Checks(command => CompiledCode.FindFault(command, Code))
            .Checks(ItemOptions.FindFault)
            .MayBeEmpty(What)
            .With(What).With(Code).With(CompiledCode.Option).With(Library)
            .With(ItemOptions.Range).With(ItemOptions.EachLine).With(ItemOptions.FromJson)
            .With(Cores).With(Memory).With(Deadline).With(Name).With(JobOptionSet.Folder);
        return OfCommand.AddCommandTo(Limits.AddTo(verb)).Runs(RunAsync);
    }

    private static string? FindFault(CommandResult command)
    {
        bool hasCode = command.GetResult(Code) is not null;
        bool hasLibrary = command.GetResult(Library) is not null;
        if (!hasCode && !hasLibrary)
        {
            return command.GetResult(Deadline) is { Implicit: false } ? "--deadline is for functions; how long a command may run says --time-request." : null;
        }

        Option? stray = OfCommand.OfCommand.FirstOrDefault(option => command.GetResult(option) is { Implicit: false });
        return hasCode && hasLibrary ? "Say where the function is: either --code FOLDER or --library SO."
            : stray is not null ? $"{stray.Name} is for commands, and a function is to run: leave it out."
            : command.GetResult(What)?.Tokens.Count > 1 ? "A function is one name: what is behind it belongs to nothing."
            : null;
    }

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        _ = ClusterFiles.Read(run.ClusterPath); // a wrong one is better told now than in a log
        (JobItems items, IEnumerable<ReadOnlyMemory<byte>>? content) = ItemOptions.Read(run);
        var description = new JobDescription
        {
            Name = run.Get(Name) ?? string.Empty,
            Cluster = run.ClusterPath,
            Items = items,
            Cores = run.Get(Cores),
            MemoryBytes = run.Get(Memory) ?? 0,
            DeadlineMs = run.Get(Deadline),
            Policy = JobPolicy.Of(Limits.ToJobOptions(run).ToMapOptions()),
            SubmittedBy = $"rowen submit on {Environment.MachineName}",
        };
        JobSubmission submission = CodeOrNone(run) is { } code
            ? new JobSubmission(
                description with { Function = run.Get(What)![0] }, content, await CompiledCode.OfAsync(run, code, cancellationToken))
            : OfCommandLine(run, description, content);
        Job job = await JobSubmitter.SubmitAsync(run.Store(), submission, rowenPath: null, cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(new SubmitAnswer(job.Id, job.Folder), JobAnswers.Default.SubmitAnswer);
        }
        else
        {
            run.WriteLine($"{job.Id}");
        }

        return ExitCode.Done;
    }

    private static CodePackage? CodeOrNone(VerbRun run) =>
        run.Get(Code) is { } folder ? CodePackage.FromFolder(folder)
        : run.Get(Library) is { } library ? CodePackage.FromWholeLibrary(library, run.Get(What)![0])
        : null;

    /// <summary>A program for each item; what cannot be of any item is said now.</summary>
    private static JobSubmission OfCommandLine(VerbRun run, JobDescription description, IEnumerable<ReadOnlyMemory<byte>>? content)
    {
        if (!run.HasDoubleDash)
        {
            throw new FormatException(
                $"Say where the function '{run.Get(What)![0]}' is, with --code FOLDER or --library SO; or put -- before a program and its arguments.");
        }

        CommandPlan plan = OfCommand.CreateCommand(run, run.Get(What)!, Math.Max(1, description.Cores));
        if (plan.FilesIn.Sum(file => (long)file.Content.Length) > MaxSentBytes)
        {
            throw new FormatException($"The files of --send have more than {MaxSentBytes >> 10} KiB together, which a job does not keep: put them where all nodes see them.");
        }

        JobItems items = description.Items;
        if (items.IsRange)
        {
            plan.Create(items.ToValues(0, string.Empty)).Check();
        }

        string name = ShellText.Of(plan.Arguments);
        return new JobSubmission(
            description with { Command = plan, Function = name.Length <= MaxNameLength ? name : $"{name[..MaxNameLength]}…" },
            content?.Select((bytes, index) =>
            {
                plan.Create(items.ToValues(index, Encoding.UTF8.GetString(bytes.Span))).Check();
                return bytes;
            }),
            Code: null);
    }
}
