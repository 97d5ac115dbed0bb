using Rowen.Protocol.Errors;

namespace Rowen.NodeAgent.Neighbors;

/// <summary>
/// The folder by which a node's prolog and epilog, which are root's, and an agent, which is not, tell each other which batch jobs are on the node.
/// In <c>jobs</c>, which is root's, a file for each; in <c>agent</c>, which is the agent's, its lock and a file for each job that it has made way for.
/// </summary>
/// <param name="path">Absolute path; on a file system of this node alone that is empty after a restart.</param>
/// <remarks>No socket and no signal: who does not answer, or is not there, keeps nobody waiting longer than he himself decides to.</remarks>
public sealed class HookFolder(string path)
{
    /// <summary>Where it is unless somebody says otherwise.</summary>
    public const string NormalPath = "/run/rowen";

    private const UnixFileMode ForAllToRead = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private const int MaxNameLength = 20; // more digits than any job has

    private string JobsFolder => Path.Combine(path, "jobs");

    private string AgentFolder => Path.Combine(path, "agent");

    private string LockFile => Path.Combine(AgentFolder, "lock");

    /// <summary>Jobs that are on the node, as far as the hooks have told.</summary>
    public IReadOnlyList<string> Jobs() => NamesIn(JobsFolder);

    /// <summary>A job begins (root's prolog).</summary>
    public void Begin(string job)
    {
        Directory.CreateDirectory(JobsFolder, ForAllToRead);
        string file = Path.Combine(JobsFolder, Checked(job));
        if (!File.Exists(file))
        {
            new FileStream(file, FileMode.CreateNew, FileAccess.Write).Dispose(); // follows no link
        }
    }

    /// <summary>A job has ended (root's epilog), perhaps one that began before there were hooks.</summary>
    public void End(string job)
    {
        string file = Path.Combine(JobsFolder, Checked(job));
        if (File.Exists(file))
        {
            File.Delete(file);
        }
    }

    /// <summary>Whether an agent serves this folder, perhaps one that does not answer.</summary>
    public bool HasAgent()
    {
        try
        {
            using var free = new FileStream(LockFile, FileMode.Open, FileAccess.Read, FileShare.None);
            return false; // the kernel drops the lock with the process that held it
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Whether the agent has made way for a job.</summary>
    public bool HasMadeWay(string job) => File.Exists(Path.Combine(AgentFolder, Checked(job)));

    /// <summary>Claims the folder for this process's agent until it is disposed, or the process ends.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.StateFolderInUse"/>: another agent has it, or it cannot be made.</exception>
    public IDisposable Claim()
    {
        try
        {
            Directory.CreateDirectory(AgentFolder, ForAllToRead);
            return new FileStream(LockFile, Ours(FileMode.OpenOrCreate, FileAccess.ReadWrite));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RowenException(
                ErrorCode.StateFolderInUse,
                $"The folder of the node's hooks, {path}, cannot be served: {exception.Message} One agent serves it, and owns {AgentFolder}.",
                exception);
        }
    }

    /// <summary>The agent uses nothing of the node as long as these jobs are on it; what it said of others is over.</summary>
    public void MakeWay(IReadOnlyCollection<string> jobs)
    {
        foreach (string over in NamesIn(AgentFolder).Except(jobs, StringComparer.Ordinal))
        {
            File.Delete(Path.Combine(AgentFolder, over));
        }

        foreach (string job in jobs.Where(job => !HasMadeWay(job)))
        {
            using FileStream said = new(Path.Combine(AgentFolder, Checked(job)), Ours(FileMode.OpenOrCreate, FileAccess.Write));
        }
    }

    /// <summary>Nobody but root opens what the agent writes: who can open a file can also lock it. That it is there, everybody may see.</summary>
    private static FileStreamOptions Ours(FileMode mode, FileAccess access) =>
        new() { Mode = mode, Access = access, Share = FileShare.None, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };

    private static IReadOnlyList<string> NamesIn(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Where(IsJob)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static bool IsJob(string name) => name.Length is > 0 and <= MaxNameLength && name.All(char.IsAsciiDigit);

    private static string Checked(string job) => IsJob(job) ? job : throw new ArgumentException($"'{job}' is no number of a job.", nameof(job));
}
