using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Rowen.Cli.Verbs;

/// <summary>The usual help, with the verb's examples below.</summary>
internal sealed class ExamplesHelp(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int code = usual.Invoke(parseResult);
        if (parseResult.CommandResult.Command is VerbCommand { Examples: { Count: > 0 } examples })
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string example in examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
        }

        return code;
    }
}
