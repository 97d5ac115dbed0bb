using System.Diagnostics;

namespace Rowen.Cli.Roles;

/// <summary>Starts a program in a session of its own, with its output in a file, so that it outlives the terminal and nobody waits for it.</summary>
internal static class DetachedProgram
{
    // The shell redirects and steps aside; `setsid` does too: the process id stays the same all the way.
    private const string Script = """log=$1; shift; exec setsid "$@" </dev/null >>"$log" 2>&1""";

    /// <summary>Starts it, with a new log; the one before stays beside it.</summary>
    public static Process Start(ProcessStartInfo program, string log)
    {
        CreateLog(log);
        var shell = new ProcessStartInfo("/bin/sh", ["-c", Script, "rowen", log, program.FileName, .. program.ArgumentList])
        {
            UseShellExecute = false,
            WorkingDirectory = "/", // whatever folder we are in may be unmounted while the program runs
        };
        shell.Environment.Clear();
        foreach ((string name, string? value) in program.Environment)
        {
            shell.Environment[name] = value;
        }

        return Process.Start(shell) ?? throw new InvalidOperationException("/bin/sh did not start.");
    }

    /// <summary>The last line that it printed.</summary>
    public static string LastWords(string log) => File.ReadLines(log).LastOrDefault(line => line.Length > 0) ?? "it said nothing.";

    private static void CreateLog(string log)
    {
        if (File.Exists(log))
        {
            File.Move(log, $"{log}.1", overwrite: true);
        }

        using var file = new FileStream(log, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }
}
