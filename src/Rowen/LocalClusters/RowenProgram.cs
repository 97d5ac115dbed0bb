using System.Diagnostics;
using System.Runtime.InteropServices;
using Rowen.Protocol.Errors;

namespace Rowen.LocalClusters;

/// <summary>The <c>rowen</c> command as files: where it is, and how it is started.</summary>
/// <param name="FileName">What to start.</param>
/// <param name="Arguments">What comes before the verb.</param>
internal sealed record RowenProgram(string FileName, IReadOnlyList<string> Arguments)
{
    private const string Assembly = "Rowen.Cli.dll";
    private const string Command = "rowen";

    /// <summary>Finds it: where the caller says, else beside this program, else on the path.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.BadRequest"/>: it is nowhere; the message lists where it was looked for.</exception>
    public static RowenProgram Find(string? explicitPath) =>
        Find(explicitPath, AppContext.BaseDirectory, Environment.GetEnvironmentVariable("PATH"), FindHost());

    internal static RowenProgram Find(string? explicitPath, string ownFolder, string? searchPath, string host)
    {
        if (explicitPath is not null)
        {
            string full = Path.GetFullPath(explicitPath);
            return OfFile(full, host) ?? OfFolder(full, host) ?? throw NotFound(
                $"LocalClusterOptions.RowenPath is {full}, where neither {Assembly} nor {Command} is");
        }

        string[] folders = (searchPath ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return OfFolder(ownFolder, host)
            ?? folders.Select(folder => OfFile(Path.Combine(folder, Command), host)).FirstOrDefault(found => found is not null)
            ?? throw NotFound($"It was looked for as {Path.Combine(ownFolder, Assembly)} and as {Command} in the {folders.Length} folders of PATH");
    }

    /// <summary>A process that will run a verb; not started.</summary>
    public ProcessStartInfo CreateStart(params IEnumerable<string> verb)
    {
        var start = new ProcessStartInfo(FileName, [.. Arguments, .. verb])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.TryAdd("DOTNET_EnableDiagnostics", "0"); // kill -9 would leave a debugger's socket in a shared folder
        return start;
    }

    private static RowenProgram? OfFolder(string folder, string host) =>
        OfFile(Path.Combine(folder, Assembly), host) ?? OfFile(Path.Combine(folder, Command), host);

    private static RowenProgram? OfFile(string file, string host) => !File.Exists(file)
        ? null
        : file.EndsWith(".dll", StringComparison.Ordinal) ? new RowenProgram(host, ["exec", file]) : new RowenProgram(file, []);

    /// <summary>The `dotnet` that runs this program: another one might lack our runtime.</summary>
    public static string FindHost()
    {
        string ofRuntime = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        return File.Exists(ofRuntime) ? ofRuntime : "dotnet";
    }

    private static RowenException NotFound(string where) => new(
        ErrorCode.BadRequest,
        $"A local cluster needs the rowen command, which was not found. {where}. "
        + "Reference the project or package Rowen.Cli, put rowen on the PATH, or set LocalClusterOptions.RowenPath.");
}
