using System.CommandLine;
using System.CommandLine.Parsing;
using Rowen.Cli.Jobs;
using Rowen.Cli.Output;
using Rowen.Cli.Runs;
using Rowen.Jobs;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Identifiers;
using Rowen.Runs;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen logs L7</c>, <c>rowen logs R7</c>.</summary>
internal static class LogsVerb
{
    // Half a second: a person does not notice, and the manager relays two requests a second.
    private static readonly TimeSpan FollowPeriod = TimeSpan.FromMilliseconds(500);

    private static readonly Argument<string> Name = new("LEASE|RUN|JOB") { Description = "A lease, such as L7; a run of `rowen run`, such as R7; or a job, such as J7." };

    private static readonly Argument<long?> Item = new("ITEM")
    {
        Description = "Of a run or a job: the item, by its index from 0. Otherwise all of them. Of a job of functions, whose logs are those of its leases: the lease that ran it.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string> Stream = CreateStream();

    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Goes on until the lease, run or job ends, or Ctrl-C. Of commands: what one item prints while it runs, or what each has printed, when it has ended." };

    public static VerbCommand Create() => new VerbCommand(
        "logs",
        "Shows what the functions of a lease, or the items of a run or a job, have printed.",
        "rowen logs L7",
        "rowen logs L7 --stream err",
        "rowen logs L7 -f",
        "rowen logs R7",
        "rowen logs R7 12 --stream err",
        "rowen logs R7 12 -f",
        "rowen logs J7 -f")
        .WithCluster()
        .Checks(FindFault)
        .With(Name)
        .With(Item)
        .With(Stream)
        .With(Follow)
        .With(JobOptionSet.Folder)
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        if (RunStore.IsName(run.Get(Name)!))
        {
            return await new RunLogs(run, run.Get(Name)!, run.Get(Item), run.Get(Stream) == "err", run.Get(Follow)).ShowAsync(cancellationToken);
        }

        if (JobId.TryParse(run.Get(Name)!, provider: null, out JobId job))
        {
            return await ShowJobAsync(run, new Job(run.Store(), job), cancellationToken);
        }

        using ManagerClient manager = run.Connect();
        var log = new LeaseLog(run, manager, LeaseId.Parse(run.Get(Name)!, provider: null), run.Get(Stream)!);
        while (!await log.ShowNewAsync(cancellationToken) && run.Get(Follow) && !run.IsJson)
        {
            await Task.Delay(FollowPeriod, TimeProvider.System, cancellationToken);
        }

        return ExitCode.Done;
    }

    private static Task<int> ShowJobAsync(VerbRun run, Job job, CancellationToken cancellationToken) => JobReading.ReadDescription(job.Files).Command is null
        ? new FunctionJobLogs(run, job, run.Get(Item), run.Get(Stream)!, run.Get(Follow) && !run.IsJson).ShowAsync(cancellationToken)
        : new JobLogs(run, job, run.Get(Item), run.Get(Stream) == "err", run.Get(Follow)).ShowAsync(cancellationToken);

    private static string? FindFault(CommandResult command)
    {
        string name = command.GetValue(Name) ?? string.Empty;
        return name.Length == 0 || RunStore.IsName(name) || JobId.TryParse(name, provider: null, out _)
            ? null
            : !LeaseId.TryParse(name, provider: null, out _)
                ? $"'{name}' is no lease: leases look like L7 (see `rowen leases --all`), runs like R7, and jobs like J7."
                : command.GetResult(Item) is null ? null : $"A lease has no items: leave '{command.GetValue(Item)}' out.";
    }

    private static Option<string> CreateStream()
    {
        Option<string> stream = new("--stream")
        {
            Description = "out or err.",
            DefaultValueFactory = _ => "out",
            HelpName = "out|err",
        };
        stream.AcceptOnlyFromAmong("out", "err");
        return stream;
    }
}
