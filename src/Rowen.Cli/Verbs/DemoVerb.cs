using System.CommandLine;
using Rowen.Cli.Demo;
using Rowen.Cli.Output;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen demo</c>.</summary>
internal static class DemoVerb
{
    private static readonly Argument<string?> PathArgument = new("PATH")
    {
        Description = "Folder or file whose words are counted. Otherwise this repository, or the current folder.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static VerbCommand Create() => new VerbCommand(
        "demo",
        "Shows all of it in a minute: starts a cluster here, counts words on every core, measures, cleans up.",
        "rowen demo",
        "rowen demo ~/books",
        "rowen demo /usr/share/doc --output json | jq .wordCount")
        .With(PathArgument)
        .Runs(RunAsync);

    private static async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        DemoAnswer answer = await new DemoRun(run.Get(PathArgument) ?? DefaultPath(), new DemoScreen(run)).RunAsync(cancellationToken);
        if (run.IsJson)
        {
            run.WriteJson(answer, DemoJson.Default.DemoAnswer);
        }

        return answer.Agrees
            ? ExitCode.Done
            : throw new RowenException(ErrorCode.Internal, "Map and plain loop found different words. Did a file change meanwhile? Then run it again.");
    }

    /// <summary>The repository that we were built in, where there is one.</summary>
    private static string DefaultPath()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Rowen.slnx")))
            {
                return folder;
            }
        }

        return Environment.CurrentDirectory;
    }
}
