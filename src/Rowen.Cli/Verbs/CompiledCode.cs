using System.CommandLine;
using System.CommandLine.Parsing;
using Rowen.Functions;

namespace Rowen.Cli.Verbs;

/// <summary><c>--ready-to-run</c>, of every verb that sends a .NET code package.</summary>
internal static class CompiledCode
{
    public static readonly Option<bool> Option = new("--ready-to-run")
    {
        Description = "Compiles the package's assemblies ahead of time, here and with the SDK's compiler, so that executors begin sooner. What was compiled is kept.",
    };

    public static string? FindFault(CommandResult command, Option code) =>
        command.GetResult(Option) is { Implicit: false } && command.GetResult(code) is null ? "--ready-to-run is for .NET code: it needs --code FOLDER." : null;

    /// <summary>The package, compiled if that is wanted. Where it is not, a warning says why and what to do; it runs all the same.</summary>
    public static async Task<CodePackage> OfAsync(VerbRun run, CodePackage package, CancellationToken cancellationToken)
    {
        if (!run.Get(Option))
        {
            return package;
        }

        CodePackage compiled = await package.CompileAheadAsync(cancellationToken);
        if (compiled.WhyNotCompiled is { } why)
        {
            await run.Error.WriteLineAsync($"rowen: warning: {why}".AsMemory(), cancellationToken);
        }

        return compiled;
    }
}
