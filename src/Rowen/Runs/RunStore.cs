using System.Globalization;
using System.Text.Json;
using Rowen.Journals;
using Rowen.Protocol.Errors;

namespace Rowen.Runs;

/// <summary>The folder in which a user's runs keep what their items printed: one folder for each run, <c>R1</c>, <c>R2</c> and so on.</summary>
/// <remarks>Thread safety: any process. Folders are 0700 and files 0600: what programs print may be private.</remarks>
internal sealed class RunStore(string folder)
{
    private const string LockName = "lock";

    /// <summary>The environment variable that names another folder. It is read here and nowhere else.</summary>
    public const string Variable = "ROWEN_RUNS";

    /// <summary>How long a run is kept.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(30);

    /// <summary>How much all runs together may take, in bytes; the oldest go first.</summary>
    public const long MaxBytes = 10L << 30;

    public string Folder => folder;

    /// <summary>The user's store: <c>~/.rowen/runs</c>, unless the variable says otherwise.</summary>
    public static RunStore OfUser() => new(Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen
        ? Path.GetFullPath(chosen)
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".rowen", "runs"));

    /// <summary>Whether a text is the name of a run.</summary>
    public static bool IsName(string text) => NumberOrNone(text) is not null;

    /// <summary>Runs that are there, the latest last.</summary>
    public IReadOnlyList<string> List() => !Directory.Exists(folder) ? [] :
    [
        .. Directory.EnumerateDirectories(folder).Select(Path.GetFileName).OfType<string>().Where(IsName).OrderBy(NumberOrNone),
    ];

    /// <summary>Makes the folder of a new run.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.StorageFailed"/>.</exception>
    public StoredRun Create(RunDescription description)
    {
        try
        {
            PrivateFiles.CreateFolder(folder);
            while (true)
            {
                ulong number = (List() is [.., var last] ? NumberOrNone(last)!.Value : 0) + 1;
                string name = string.Create(CultureInfo.InvariantCulture, $"R{number}");
                string made = Path.Combine(folder, name + ".new");
                if (TryTake(made) is { } held)
                {
                    using (FileStream file = PrivateFiles.Create(Path.Combine(made, StoredRun.DescriptionName)))
                    {
                        JsonSerializer.Serialize(file, description, RunJson.Default.RunDescription);
                    }

                    var log = new RunLogWriter(Path.Combine(made, StoredRun.LogName));
                    Directory.Move(made, Path.Combine(folder, name)); // from now on others see it, and all of it
                    return new StoredRun(name, Path.Combine(folder, name), log, held);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RowenException(
                ErrorCode.StorageFailed,
                $"No folder for the run could be made in {folder}: {exception.Message} Make room there, or name another with {Variable}.",
                exception);
        }
    }

    /// <summary>Where the files of a run are.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.BadRequest"/>: there is none of that name.</exception>
    public string Find(string name) => IsName(name) && Directory.Exists(Path.Combine(folder, name))
        ? Path.Combine(folder, name)
        : throw new RowenException(
            ErrorCode.BadRequest,
            $"There is no run {name} in {folder}. {(List() is [.., var last] ? $"The latest is {last}." : "There is none at all.")} Runs are kept {MaxAge.TotalDays} days.");

    /// <summary>Whether somebody still writes a run.</summary>
    public static bool IsRunning(string runFolder) => File.Exists(Path.Combine(runFolder, LockName)) && TryLock(runFolder) is null;

    /// <summary>Removes what is too old or too much; never what still runs, nor the latest.</summary>
    public void Prune(DateTimeOffset now, TimeSpan maxAge, long maxBytes)
    {
        long bytes = 0;
        foreach (string name in List().Reverse().Skip(1))
        {
            string run = Path.Combine(folder, name);
            bytes += new DirectoryInfo(run).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
            bool isOld = now - File.GetLastWriteTimeUtc(Path.Combine(run, StoredRun.LogName)) > maxAge;
            if ((isOld || bytes > maxBytes) && TryLock(run) is { } held)
            {
                using (held)
                {
                    Directory.Delete(run, recursive: true);
                }
            }
        }
    }

    private static ulong? NumberOrNone(string? name) => name is ['R', .. { Length: > 0 } digits]
        && digits[0] is >= '1' and <= '9'
        && ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            ? number
            : null;

    /// <summary>Of two processes that want the same name, one gets it: whoever holds the lock.</summary>
    private static FileStream? TryTake(string made)
    {
        PrivateFiles.CreateFolder(made);
        FileStream? held = TryLock(made);
        string final = made[..^".new".Length];
        if (held is not null && Directory.Exists(final))
        {
            held.Dispose();
            Directory.Delete(made, recursive: true);
            return null;
        }

        if (held is not null)
        {
            foreach (string left in Directory.EnumerateFiles(made).Where(file => Path.GetFileName(file) != LockName))
            {
                File.Delete(left); // of one that died here
            }
        }

        return held;
    }

    private static FileStream? TryLock(string run)
    {
        try
        {
            return PrivateFiles.Open(Path.Combine(run, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
