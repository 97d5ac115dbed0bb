using System.Globalization;
using System.Security.Cryptography;
using Rowen.Fabric.OperatingSystem;
using Rowen.Functions;
using Rowen.Journals;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.Jobs;

/// <summary>The folder of a user's jobs: one folder each, and the code packages that they share.</summary>
/// <remarks>Thread safety: any thread and any process. Files are 0600, folders 0700.</remarks>
internal sealed class JobStore
{
    /// <summary>The environment variable that names the folder. It is read here and nowhere else.</summary>
    public const string Variable = "ROWEN_JOBS";

    private const string PackagesName = "code";

    private readonly string _folder;

    public JobStore(string? explicitFolder)
        : this(explicitFolder, Environment.GetEnvironmentVariable(Variable))
    {
    }

    internal JobStore(string? explicitFolder, string? variable)
    {
        string? chosen = string.IsNullOrEmpty(explicitFolder) ? variable : explicitFolder;
        _folder = Path.GetFullPath(string.IsNullOrEmpty(chosen)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".rowen", "jobs")
            : chosen);
    }

    public string Folder => _folder;

    /// <summary>Every job that is there, the last submitted last.</summary>
    public IReadOnlyList<JobId> List() => !Directory.Exists(_folder) ? [] :
    [
        .. Directory.EnumerateDirectories(_folder)
            .Select(path => JobId.TryParse(Path.GetFileName(path), null, out JobId id) ? id : default)
            .Where(id => id != default)
            .OrderBy(id => id.Value),
    ];

    /// <summary>The files of a job that is there.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.UnknownJob"/>.</exception>
    public JobFiles Find(JobId id) => Directory.Exists(FolderOf(id)) ? new JobFiles(FolderOf(id)) : throw new RowenException(
        ErrorCode.UnknownJob, $"There is no job {id} in {_folder}. `rowen jobs` lists those that are there; another folder is named with --jobs or {Variable}.");

    /// <summary>Where a package lies.</summary>
    public string PackageFolder(string package) => Path.Combine(_folder, PackagesName, package);

    /// <summary>Writes a job down; afterwards nothing of it depends on the submitter's files.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.StorageFailed"/>, or what is wrong with code or items.</exception>
    public JobId Add(JobSubmission submission, DateTimeOffset now)
    {
        JobId id = default;
        try
        {
            PrivateFiles.CreateFolder(_folder);
            if (submission.Code is { } code)
            {
                Keep(code);
            }

            id = TakeNumber();
            Write(id, submission, now);
            return id;
        }
        catch (Exception exception)
        {
            if (id != default)
            {
                Remove(id);
            }

            if (exception is IOException or UnauthorizedAccessException)
            {
                throw new RowenException(
                    ErrorCode.StorageFailed,
                    $"The job could not be written to {_folder}: {exception.Message} Make room there, or name another folder with --jobs or {Variable}.",
                    exception);
            }

            throw;
        }
    }

    /// <summary>Removes a job's files; its number is not given again.</summary>
    public void Remove(JobId id)
    {
        string folder = FolderOf(id);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The same, unless a process has taken the job up at this moment.</summary>
    public bool TryRemoveIdle(JobId id)
    {
        using JobLock? held = JobLock.TryTake(Find(id).Lock);
        if (held is not null)
        {
            Remove(id);
        }

        return held is not null;
    }

    /// <summary>Removes packages that no job needs.</summary>
    public void RemoveUnusedPackages(IReadOnlySet<string> used)
    {
        string packages = Path.Combine(_folder, PackagesName);
        if (Directory.Exists(packages))
        {
            foreach (string folder in Directory.EnumerateDirectories(packages).Where(folder => !used.Contains(Path.GetFileName(folder))))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>Bars every other process from adding and removing jobs.</summary>
    public async Task<IDisposable?> LockAsync(CancellationToken cancellationToken)
    {
        PrivateFiles.CreateFolder(_folder);
        return await JobLock.TakeOrNoneAsync(Path.Combine(_folder, "lock"), cancellationToken).ConfigureAwait(false);
    }

    private string FolderOf(JobId id) => Path.Combine(_folder, id.ToString());

    /// <summary>The number after the last that was given; the caller holds the lock.</summary>
    private JobId TakeNumber()
    {
        string file = Path.Combine(_folder, "last");
        ulong last = File.Exists(file) && ulong.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out ulong known) ? known : 0;
        var id = new JobId(Math.Max(last, List() is [.., { } highest] ? highest.Value : 0) + 1);
        using (FileStream stream = PrivateFiles.Open(file, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id.Value}\n")));
            stream.Flush(flushToDisk: true);
        }

        PrivateFiles.CreateFolder(FolderOf(id));
        return id;
    }

    private void Write(JobId id, JobSubmission submission, DateTimeOffset now)
    {
        var files = new JobFiles(FolderOf(id));
        JobItems items = submission.Description.Items;
        if (submission.Items is not null)
        {
            (long count, string hash) = ItemFile.Write(files.Items, submission.Items);
            items = items with { Count = count, Hash = hash };
        }

        JobDescription description = submission.Description with
        {
            Items = items,
            Lambda = submission.Lambda is { } lambda ? JobLambda.Write(files.Lambda, lambda) : null,
            Package = submission.Code?.Id.ToString() ?? string.Empty,
            PackageOrigin = submission.Code?.Origin ?? string.Empty,
            SubmittedAt = now,
        };
        StatusFile.Create(files.Status, JobReading.FirstStatus(id, description));
        PrivateFiles.Create(files.Log).Dispose();
        using (JournalWriter journal = JournalWriter.Create(files.Journal, id.Value))
        {
            journal.Append((ushort)JobRecordKind.Description, JobJson.Write(description));
            journal.Close();
        }

        FolderSync.Flush(files.Folder);
        FolderSync.Flush(_folder);
    }

    private void Keep(CodePackage code)
    {
        string folder = PackageFolder(code.Id.ToString());
        if (Directory.Exists(folder))
        {
            return;
        }

        PrivateFiles.CreateFolder(Path.GetDirectoryName(folder)!);
        string unfinished = $"{folder}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        PrivateFiles.CreateFolder(unfinished);
        code.CopyTo(unfinished);
        FolderSync.Flush(unfinished);
        Directory.Move(unfinished, folder);
        FolderSync.Flush(Path.GetDirectoryName(folder)!);
    }
}
