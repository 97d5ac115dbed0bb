using System.CommandLine;
using Rowen.Cli.Output;

namespace Rowen.Cli.Verbs;

/// <summary><c>rowen completion SHELL</c>: prints what the shell has to load.</summary>
internal static class CompletionVerb
{
    private const string Bash = """
        # rowen completion for bash: eval "$(rowen completion bash)"
        _rowen_complete() {
            local IFS=$'\n'
            COMPREPLY=($("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
        }
        complete -o default -F _rowen_complete rowen
        """;

    private const string Zsh = """
        # rowen completion for zsh: eval "$(rowen completion zsh)"
        _rowen_complete() {
            local -a found
            found=("${(@f)$("${words[1]}" "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -a found
        }
        compdef _rowen_complete rowen
        """;

    private const string Fish = """
        # rowen completion for fish: rowen completion fish | source
        complete -c rowen -f -a '(rowen "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'
        """;

    public static VerbCommand Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        return new VerbCommand(
            "completion", "Prints the completion script of a shell.", "eval \"$(rowen completion bash)\"", "rowen completion fish | source")
            .With(shell)
            .Runs((run, _) =>
            {
                run.WriteLine(run.Get(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
                return Task.FromResult(ExitCode.Done);
            });
    }
}
