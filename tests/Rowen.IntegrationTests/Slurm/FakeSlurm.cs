using System.Globalization;
using Rowen.IntegrationTests.Cli;

namespace Rowen.IntegrationTests.Slurm;

/// <summary>
/// A folder for PATH whose <c>sbatch</c>, <c>squeue</c>, <c>sinfo</c>, <c>scontrol</c> and <c>scancel</c> answer what the test commands: recorded
/// words of real Slurm, garbage, late, wrong, or not at all. A command that nothing was said about fails.
/// </summary>
internal sealed class FakeSlurm : IDisposable
{
    /// <summary>Recorded versions; each is a folder of recordings.</summary>
    public const string Old = "22.05.8", New = "24.11.5";

    // The answer to the first words of a call that one was given for: `scontrol show config` before `scontrol show` before `scontrol`. An answer is
    // a script, put in its place by a rename: what runs is the old or the new one.
    private const string Script = """
        #!/bin/bash
        printf '%s %s %s %s\n' "$EPOCHREALTIME" "$HOSTNAME" "${0##*/}" "${*//$'\n'/ }" >>"${0%/*}/calls.log"
        words=("${0##*/}")
        for word; do [[ $word == -* ]] || words+=("$word"); done
        for ((count = ${#words[@]} > 4 ? 4 : ${#words[@]}; count > 0; count--)); do
            answer=${0%/*}/answers/$(IFS=-; echo "${words[*]:0:count}" | tr / _)
            [[ ! -e $answer ]] || exec bash "$answer" "$@"
        done
        echo "${0##*/}: nothing was said about this call" >&2
        exit 99
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-slurm-").FullName;

    public FakeSlurm()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "answers"));
        foreach (string command in (string[])["sbatch", "squeue", "sinfo", "scontrol", "scancel", "srun"])
        {
            string file = Path.Combine(_folder, command);
            File.WriteAllText(file, Script);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>PATH with these commands before all others.</summary>
    public string SearchPath => $"{_folder}:{Environment.GetEnvironmentVariable("PATH")}";

    /// <summary>Every call so far, in order.</summary>
    public IReadOnlyList<SlurmCall> Calls => File.Exists(CallsFile)
        ? [.. File.ReadAllLines(CallsFile).Select(SlurmCall.Parse).OrderBy(call => call.At)] : [];

    private string CallsFile => Path.Combine(_folder, "calls.log");

    /// <summary>What real Slurm said: see tests/Rowen.UnitTests/ResourceManager/Slurm/Recorded.</summary>
    /// <param name="command">For instance <c>squeue</c>, or <c>scontrol show config</c>.</param>
    /// <param name="recording">For instance <c>squeue-controller-down</c>.</param>
    /// <param name="version">Which Slurm.</param>
    public void Replay(string command, string recording, string version = Old)
    {
        string file = Path.Combine(Repository.Root, "tests", "Rowen.UnitTests", "ResourceManager", "Slurm", "Recorded", version, recording);
        Assert.True(File.Exists(file + ".out"), $"nothing is recorded as {file}");
        AnswerBy(command, $"cat '{file}.out'; [ ! -e '{file}.err' ] || cat '{file}.err' >&2; exit $([ -e '{file}.exit' ] && cat '{file}.exit' || echo 0)");
    }

    /// <summary>From now on, this.</summary>
    public void Answer(string command, string output, string error = "", int exitCode = 0)
    {
        string name = Path.Combine(_folder, "answers", "." + FileOf(command));
        File.WriteAllText(name + ".out", output);
        File.WriteAllText(name + ".err", error);
        AnswerBy(command, string.Create(CultureInfo.InvariantCulture, $"cat '{name}.out'; cat '{name}.err' >&2; exit {exitCode}"));
    }

    /// <summary>Bytes that mean nothing, among them those that terminals and parsers trip over.</summary>
    public void AnswerGarbage(string command) => AnswerBy(command, "head -c 200000 /dev/urandom; printf '\\n|||\\n{\"jobs\": [\\n\\0'");

    /// <summary>No answer for so long, and then what was answered before.</summary>
    public void Delay(string command, TimeSpan delay)
    {
        string now = Path.Combine(_folder, "answers", FileOf(command));
        string before = Path.Combine(_folder, "answers", $".{FileOf(command)}.late");
        File.Copy(now, before, overwrite: true);
        AnswerBy(command, string.Create(CultureInfo.InvariantCulture, $"sleep {delay.TotalSeconds}; exec bash '{before}' \"$@\""));
    }

    /// <summary>A script of bash that gets the call's arguments.</summary>
    public void AnswerBy(string command, string script)
    {
        string file = Path.Combine(_folder, "answers", FileOf(command));
        File.WriteAllText(file + ".new", script + "\n");
        File.Move(file + ".new", file, overwrite: true);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string FileOf(string command) => command.Replace(' ', '-');
}
