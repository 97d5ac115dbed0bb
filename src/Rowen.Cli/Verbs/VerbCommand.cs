using System.CommandLine;
using System.CommandLine.Parsing;
using Rowen.Cli.Output;
using Rowen.Protocol.Errors;

namespace Rowen.Cli.Verbs;

/// <summary>One verb: its options, its examples, and what it does.</summary>
internal sealed class VerbCommand : Command
{
    private readonly HashSet<Symbol> _mayBeEmpty = [];

    public VerbCommand(string name, string description, params IReadOnlyList<string> examples)
        : base(name, description)
    {
        Examples = examples;
        Options.Add(CommonOptions.Output);
        Validators.Add(RefuseEmpty);
    }

    /// <summary>Whole command lines, shown by <c>--help</c>.</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>Sets what the verb does. Errors become one line and an exit code.</summary>
    public VerbCommand Runs(Func<VerbRun, CancellationToken, Task<int>> run)
    {
        SetAction(async (parsed, cancellationToken) =>
        {
            var verb = new VerbRun(parsed, CommandLine.NameOf(parsed.CommandResult));
            try
            {
                return await run(verb, cancellationToken);
            }
            catch (Exception exception) when (exception is not RowenException && cancellationToken.IsCancellationRequested)
            {
                return ExitCode.Interrupted; // whatever broke off because of it
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

    /// <summary>Adds a rule for the command line as a whole: what is wrong with it, or null.</summary>
    public VerbCommand Checks(Func<CommandResult, string?> findFault)
    {
        Validators.Add(command =>
        {
            if (findFault(command) is { } fault)
            {
                command.AddError(fault);
            }
        });
        return this;
    }

    /// <summary>An option or argument whose value may be empty; of others that is an unset variable of the shell, or a mistake.</summary>
    public VerbCommand MayBeEmpty(Symbol option)
    {
        _mayBeEmpty.Add(option);
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

    private void RefuseEmpty(CommandResult command)
    {
        foreach (SymbolResult part in command.Children.Where(part => part.Tokens.Any(token => token.Value.Length == 0)))
        {
            if (part is OptionResult option && !_mayBeEmpty.Contains(option.Option))
            {
                command.AddError($"{option.Option.Name} is empty: give it a value, or leave it out.");
            }
            else if (part is ArgumentResult argument && !_mayBeEmpty.Contains(argument.Argument))
            {
                command.AddError($"{argument.Argument.Name} is empty: give it a value.");
            }
        }
    }
}
