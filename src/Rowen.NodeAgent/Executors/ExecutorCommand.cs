using System.Runtime.InteropServices;

namespace Rowen.NodeAgent.Executors;

/// <summary>How an executor process is started.</summary>
/// <param name="FileName">The program.</param>
/// <param name="Arguments">Arguments that come before the agent's socket.</param>
internal sealed record ExecutorCommand(string FileName, IReadOnlyList<string> Arguments)
{
    private const string ProgramName = "Rowen.Executor";

    /// <summary>The runtime that this process runs on, which executors share.</summary>
    public static string DotnetRoot { get; } =
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <summary>Finds the executor in a folder.</summary>
    /// <returns>Null if it is not there.</returns>
    public static ExecutorCommand? FindOrNone(string folder)
    {
        string host = Path.Combine(folder, ProgramName);
        string library = host + ".dll";
        return File.Exists(host) ? new ExecutorCommand(host, [])
            : File.Exists(library) ? new ExecutorCommand(Path.Combine(DotnetRoot, "dotnet"), [library])
            : null;
    }
}
