using System.Globalization;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;

namespace Rowen.Executor.Commands;

/// <summary>The environment of commands: what programs need to run, what the user gives, and nothing of ours that is secret.</summary>
internal static class CommandEnvironment
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>What is handed on from the executor's own, which has it from the agent.</summary>
    private static readonly string[] Inherited = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH"];

    /// <summary>How the libraries that compute are told how many threads they may start.</summary>
    private static readonly string[] ThreadCounts = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"];

    private static readonly Dictionary<string, string> Base = Inherited
        .Select(name => (Name: name, Value: Environment.GetEnvironmentVariable(name)))
        .Where(pair => pair.Value is { Length: > 0 })
        .ToDictionary(pair => pair.Name, pair => pair.Value!, StringComparer.Ordinal);

    /// <summary>Builds it.</summary>
    /// <param name="index">The item's place in the run.</param>
    /// <param name="item">The item.</param>
    /// <param name="temporaryFolder">The command's own.</param>
    /// <param name="mark">By which its processes are known.</param>
    public static Dictionary<string, string> Build(long index, CommandItem item, string temporaryFolder, string mark)
    {
        var environment = new Dictionary<string, string>(Base, StringComparer.Ordinal) { ["TMPDIR"] = temporaryFolder };
        if (ClusterFiles.NamedByEnvironment is { } cluster)
        {
            environment[ClusterFiles.Variable] = cluster; // `rowen` in a command means the cluster that runs it, as in a function
        }

        foreach (string name in ThreadCounts)
        {
            environment[name] = item.Cores.ToString(CultureInfo.InvariantCulture);
        }

        foreach ((string name, string value) in item.Environment)
        {
            environment[name] = value;
        }

        environment["ROWEN_ITEM"] = index.ToString(CultureInfo.InvariantCulture);
        environment[CommandMark.Variable] = mark;
        return environment;
    }

    /// <summary>Where a program is: along the command's own PATH, unless its name has a slash.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.CommandNotStarted"/>: nowhere.</exception>
    public static string Find(string program, IReadOnlyDictionary<string, string> environment, string nodeName)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return program;
        }

        string path = environment.GetValueOrDefault("PATH") ?? string.Empty;
        return path.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, program)).FirstOrDefault(IsProgram)
            ?? throw new RowenException(
                ErrorCode.CommandNotStarted,
                $"There is no program '{program}' on node {nodeName} along PATH={path}. Give its path, or another PATH.");
    }

    private static bool IsProgram(string file) => File.Exists(file) && (File.GetUnixFileMode(file) & Executable) != 0;
}
