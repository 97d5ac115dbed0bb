using System.Diagnostics;

namespace Rowen.Cli.Roles;

/// <summary>How to start this same program again: through its host file where that exists, else by <c>dotnet</c>.</summary>
internal static class RowenProgram
{
    public static string Folder => AppContext.BaseDirectory;

    /// <summary>The `dotnet` that runs us, or the one on the path.</summary>
    public static string DotnetPath =>
        Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";

    /// <summary>The program, and what must come before its arguments.</summary>
    public static IReadOnlyList<string> Command
    {
        get
        {
            string host = Path.Combine(Folder, typeof(RowenProgram).Assembly.GetName().Name!);
            return File.Exists(host) ? [host] : [DotnetPath, $"{host}.dll"];
        }
    }

    public static ProcessStartInfo StartInfo(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Command[0], Command.Skip(1).Concat(arguments))
        {
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        start.Environment.TryAdd("DOTNET_EnableDiagnostics", "0"); // kill -9 would leave a debugger's socket in a shared folder
        return start;
    }

    /// <summary>The same in a session of its own: what is sent to our whole process group (`timeout`, a shell) does not reach it.</summary>
    /// <remarks>`setsid` becomes the program: the process id is the program's.</remarks>
    public static ProcessStartInfo StartInfoOfSession(params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = StartInfo(arguments);
        start.ArgumentList.Insert(0, start.FileName);
        start.FileName = "setsid";
        return start;
    }
}
