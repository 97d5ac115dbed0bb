using System.CommandLine;
using Rowen.Cli.Output;

namespace Rowen.Cli.Verbs;

/// <summary>One verb: its options, its examples, and what it does.</summary>
internal sealed class VerbCommand : Command
{
    public VerbCommand(string name, string description, params IReadOnlyList<string> examples)
        : base(name, description)
    {
        Examples = examples;
        Options.Add(CommonOptions.Output);
    }

    /// <summary>Whole command lines, shown by <c>--help</c>.</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>Sets what the verb does. Errors become one line and an exit code.</summary>
    public VerbCommand Runs(Func<VerbRun, CancellationToken, Task<int>> run)
    {
        SetAction(async (parsed, cancellationToken) =>
        {
            var verb = new VerbRun(parsed, Name);
            try
            {
                return await run(verb, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return ExitCode.Interrupted;
            }
            catch (Exception exception) when (verb.Explain(exception) is { } code)
            {
                return code;
            }
        });
        return this;
    }

    /// <summary>A verb that talks with a cluster.</summary>
    public VerbCommand WithCluster()
    {
        Options.Add(CommonOptions.Cluster);
        return this;
    }

    public VerbCommand With(Option option)
    {
        Options.Add(option);
        return this;
    }

    public VerbCommand With(Argument argument)
    {
        Arguments.Add(argument);
        return this;
    }
}
