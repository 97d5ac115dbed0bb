using System.CommandLine;
using Rowen.Cli.Output;
using Rowen.Cli.Roles;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen hook</c>: for the prolog and the epilog of a Slurm node.</summary>
internal static class HookVerb
{
    private const string Name = "hook";

    private static readonly Argument<string> Kind = CreateKind();

    public static VerbCommand Create() => new VerbCommand(
        Name,
        "For Slurm's Prolog and Epilog, as root: tells the node's agent (`rowen agent --between-jobs`) that a job begins or has ended. Never fails, and is over within 2 s: what goes wrong is in hook.log of its folder.",
        "timeout --signal=KILL 2 rowen hook prolog || true",
        "rm -f /run/rowen/jobs/$SLURM_JOB_ID; timeout --signal=KILL 2 rowen hook epilog || true")
        .With(Kind).With(HookOptions.Folder)
        .Runs((run, _) => Task.FromResult(Run(run.Get(Kind)!, run.Get(HookOptions.Folder)!)));

    /// <summary>Runs it where nothing else was typed, without all that other verbs need: a job waits for it.</summary>
    /// <returns>Whether that was it.</returns>
    public static bool TryRunAtOnce(string[] arguments)
    {
        if (arguments is not ([Name, "prolog" or "epilog"] or [Name, "prolog" or "epilog", "--hooks", _]))
        {
            return false;
        }

        Run(arguments[1], arguments.Length == 4 ? arguments[3] : NodeAgent.Neighbors.HookFolder.NormalPath);
        return true;
    }

    private static int Run(string kind, string folder)
    {
        new NodeHook(kind, folder, TimeProvider.System).Run(Environment.GetEnvironmentVariable);
        return ExitCode.Done;
    }

    private static Argument<string> CreateKind()
    {
        var kind = new Argument<string>("prolog|epilog") { Description = "A job begins on this node, or has ended." };
        kind.AcceptOnlyFromAmong("prolog", "epilog");
        return kind;
    }
}
