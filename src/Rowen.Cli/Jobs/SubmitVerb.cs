using System.CommandLine;
using System.CommandLine.Parsing;
using Rowen.Cli.Output;
using Rowen.Cli.Roles;
using Rowen.Cli.Verbs;
using Rowen.Functions;
using Rowen.Jobs;
using Rowen.Protocol.Clusters;

namespace Rowen.Cli.Jobs;

/// <summary><c>rowen submit FUNCTION</c>.</summary>
internal static class SubmitVerb
{
    private static readonly Argument<string> FunctionName = new("FUNCTION") { Description = "The function's name in the package." };

    private static readonly Option<string?> Code = new("--code")
    {
        Description = "Folder of a .NET code package, as `dotnet publish` left it. It is copied.",
        HelpName = "FOLDER",
    };

    private static readonly Option<string?> Library = new("--library") { Description = "A native library that exports the function. It is copied.", HelpName = "SO" };

    private static readonly Option<string?> Name = new("--name") { Description = "What `rowen jobs` shows. Otherwise the function's name.", HelpName = "TEXT" };

    private static readonly Option<int> Cores = new("--cores")
    {
        Description = "How many cores to lease. 0: every free one.",
        HelpName = "N",
        CustomParser = result => NumberRange.Parse(result, 0) ?? 0,
    };

    private static readonly Option<long?> Memory = new("--memory")
    {
        Description = "Memory of each lease, such as 4G; at least 64M. Otherwise the node's share for its cores.",
        HelpName = "SIZE",
        CustomParser = RoleOptions.ParseMemory,
    };

    private static readonly Option<int> Deadline = new("--deadline")
    {
        Description = "Ends an item that takes longer, in milliseconds. 0: none.",
        HelpName = "MS",
        CustomParser = result => NumberRange.Parse(result, 0) ?? 0,
    };

    public static VerbCommand Create() => new VerbCommand(
        "submit",
        "Hands a map over to a process of its own, which outlives the terminal; prints the job's name.",
        "rowen submit CountWords --code artifacts/rowen/samples/WordCount --each-line files.txt",
        "rowen submit Square --code ./published --array 1-100000 --cores 8",
        "rowen attach J1",
        "rowen wait J1 && rowen results J1 > results.txt")
        .WithCluster()
        .Checks(FindFault)
        .Checks(ItemOptions.FindFault)
        .With(FunctionName).With(Code).With(Library)
        .With(ItemOptions.Range).With(ItemOptions.EachLine).With(ItemOptions.FromJson)
        .With(Cores).With(Memory).With(Deadline).With(Name).With(JobOptionSet.Folder)
        .Runs(RunAsync);

    private static string? FindFault(CommandResult command) =>
        (command.GetResult(Code) is null) == (command.GetResult(Library) is null)
            ? "Say where the function is: either --code FOLDER or --library SO."
            : null;

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        string function = run.Get(FunctionName)!;
        _ = ClusterFiles.Read(run.ClusterPath); // a wrong one is better told now than in a log
        CodePackage code = run.Get(Code) is { } folder ? CodePackage.FromFolder(folder) : CodePackage.FromLibrary(run.Get(Library)!, function);
        (JobItems items, IEnumerable<ReadOnlyMemory<byte>>? content) = ItemOptions.Read(run);
        var description = new JobDescription
        {
            Name = run.Get(Name) ?? string.Empty,
            Function = function,
            Cluster = run.ClusterPath,
            Items = items,
            Cores = run.Get(Cores),
            MemoryBytes = run.Get(Memory) ?? 0,
            DeadlineMs = run.Get(Deadline),
            SubmittedBy = $"rowen submit on {Environment.MachineName}",
        };
        Job job = await JobSubmitter.SubmitAsync(run.Store(), new JobSubmission(description, content, code), rowenPath: null, cancellationToken);
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
}
