using System.Globalization;
using Rowen.Protocol.CodePackages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.ResourceManager.CodePackages;

/// <summary>Code packages on the manager's disk, each in a folder named by its content.</summary>
/// <remarks>
/// A package appears whole or not at all (rename), and is only ever read afterwards. Thread safety: all members.
/// </remarks>
internal sealed class PackageStore
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string IncomingPrefix = "incoming-";

    /// <summary>Packages that are being sent at the same time; each takes what its manifest does.</summary>
    private const int MaxAnnounced = 16;

    private readonly string _folder;
    private readonly PackageOptions _options;
    private readonly CodePackageLimits _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<CodePackageId, StoredPackage> _packages = [];
    private readonly CodePackageLibrary _library;
    private readonly Queue<CodePackageManifest> _announced = new();
    private readonly SemaphoreSlim _incoming;
    private int _lastIncoming;

    public PackageStore(string folder, PackageOptions options, TimeProvider time, ILogger<PackageStore> logger)
    {
        _folder = folder;
        _options = options;
        _time = time;
        _logger = logger;
        _incoming = new SemaphoreSlim(options.MaxIncoming);
        _limits = new CodePackageLimits
        {
            MaxTotalBytes = options.MaxPackageBytes,
            MaxFileBytes = options.MaxPackageBytes,
            MaxFileCount = options.MaxPackageFiles,
        };
        Directory.CreateDirectory(folder, OwnerOnly);
        _library = new CodePackageLibrary(folder, _limits);
        FindWhatIsThere();
    }

    /// <summary>The longest text of a manifest.</summary>
    public long MaxManifestBytes => CodePackageLibrary.MaxManifestBytes(_limits);

    /// <summary>Most bytes of an archive: the content, and for each file a header and its padding.</summary>
    public long MaxArchiveBytes => _options.MaxPackageBytes + (2_048L * _options.MaxPackageFiles) + 1_048_576;

    /// <summary>Bytes of a package.</summary>
    /// <returns>False if it is not here.</returns>
    public bool TryGetBytes(CodePackageId id, out long bytes)
    {
        lock (_lock)
        {
            bool isHere = _packages.TryGetValue(id, out StoredPackage? package);
            bytes = package?.Bytes ?? 0;
            TouchLocked(id, package);
            return isHere;
        }
    }

    /// <summary>A package is about to be sent.</summary>
    /// <returns>Those of its files that no other package here has.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.MalformedMessage"/>.</exception>
    public CodePackageManifest Announce(CodePackageId id, ReadOnlySpan<byte> manifest)
    {
        CodePackageManifest announced = _library.Read(id, manifest);
        lock (_lock)
        {
            while (_announced.Count >= MaxAnnounced)
            {
                _announced.Dequeue(); // whoever comes so late sends the whole
            }

            _announced.Enqueue(announced);
        }

        return _library.Lacking(announced);
    }

    /// <summary>What a package consists of.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.UnknownPackage"/>: it is not here, or not known.</exception>
    public CodePackageManifest ManifestOf(CodePackageId id) => _library.ManifestOrNone(id) ?? throw new RowenException(
        ErrorCode.UnknownPackage, $"The manager cannot say of what code package {id.ToShortString()}… consists. Fetch it whole.");

    /// <summary>Writes some files of a package as an archive.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.UnknownPackage"/>, <see cref="ErrorCode.MalformedMessage"/>.</exception>
    public Task WriteAsync(CodePackageId id, ReadOnlySpan<byte> wanted, Stream tar, CancellationToken cancellationToken)
    {
        HashSet<CodePackageFile> known = [.. ManifestOf(id).Files];
        if (!CodePackageManifest.TryRead(wanted, _limits, out CodePackageManifest? part) || part.Files.Any(file => !known.Contains(file)))
        {
            throw new RowenException(ErrorCode.MalformedMessage, $"These are not some files of code package {id.ToShortString()}….");
        }

        return ReadAsync(id, folder => CodePackageArchive.WriteAsync(
            part, file => File.OpenRead(Path.Combine(folder, file.Path)), tar, cancellationToken));
    }

    /// <summary>Writes a package as an archive. It is not removed meanwhile.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.UnknownPackage"/>.</exception>
    public Task WriteAsync(CodePackageId id, Stream tar, CancellationToken cancellationToken) =>
        ReadAsync(id, folder => CodePackageArchive.WriteAsync(folder, tar, cancellationToken));

    private async Task ReadAsync(CodePackageId id, Func<string, Task> read)
    {
        StoredPackage package;
        lock (_lock)
        {
            package = _packages.GetValueOrDefault(id) ?? throw new RowenException(
                ErrorCode.UnknownPackage,
                $"The manager has no code package {id.ToShortString()}…: it was never sent, or was removed to make room. Send it (again).");
            package.ReaderCount++;
            TouchLocked(id, package);
        }

        try
        {
            await read(FolderOf(id));
        }
        finally
        {
            lock (_lock)
            {
                package.ReaderCount--;
            }
        }
    }

    /// <summary>Takes an archive in, if it holds the package that it is said to hold.</summary>
    /// <returns>False if the package was here already; nothing was read then.</returns>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.PackageHashDiffers"/>, <see cref="ErrorCode.PackageTooLarge"/>,
    /// <see cref="ErrorCode.MalformedMessage"/>, <see cref="ErrorCode.StorageFailed"/>.
    /// </exception>
    public Task<bool> PutAsync(CodePackageId id, Stream tar, CancellationToken cancellationToken) => PutAsync(id, tar, whole: null, cancellationToken);

    /// <summary>Takes in those files of an announced package that no other here has, and the others from those.</summary>
    /// <exception cref="RowenException">As above, and <see cref="ErrorCode.UnknownPackage"/>: only the whole package helps.</exception>
    public Task<bool> PutChangesAsync(CodePackageId id, Stream tar, CancellationToken cancellationToken)
    {
        CodePackageManifest? announced;
        lock (_lock)
        {
            announced = _announced.FirstOrDefault(manifest => manifest.Id == id);
        }

        return PutAsync(id, tar, announced ?? throw SendWhole(id), cancellationToken);
    }

    private static RowenException SendWhole(CodePackageId id) => new(
        ErrorCode.UnknownPackage, $"The manager cannot complete code package {id.ToShortString()}… from others any more. Send it whole.");

    private async Task<bool> PutAsync(CodePackageId id, Stream tar, CodePackageManifest? whole, CancellationToken cancellationToken)
    {
        if (TryGetBytes(id, out _))
        {
            return false;
        }

        await _incoming.WaitAsync(cancellationToken);
        string incoming = Path.Combine(_folder, string.Create(
            CultureInfo.InvariantCulture, $"{IncomingPrefix}{Interlocked.Increment(ref _lastIncoming)}"));
        try
        {
            Directory.CreateDirectory(incoming, OwnerOnly);
            CodePackageManifest found = await CodePackageArchive.UnpackAsync(tar, incoming, _limits, cancellationToken);
            if (whole is not null)
            {
                found = _library.TryComplete(whole, incoming) ? whole : throw SendWhole(id);
            }

            if (found.Id != id)
            {
                throw new RowenException(
                    ErrorCode.PackageHashDiffers,
                    $"The archive sent as code package {id.ToShortString()}… holds {found.Id.ToShortString()}…. Send what the name says.");
            }

            return Keep(found, incoming);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException
            || (exception is IOException && exception is not Microsoft.AspNetCore.Http.BadHttpRequestException))
        {
            throw new RowenException(
                ErrorCode.StorageFailed,
                $"The manager cannot store code package {id.ToShortString()}…: {exception.Message}",
                exception);
        }
        finally
        {
            Remove(incoming);
            _incoming.Release();
        }
    }

    private bool Keep(CodePackageManifest manifest, string incoming)
    {
        CodePackageId id = manifest.Id;
        long bytes = SizeOf(incoming);
        lock (_lock)
        {
            if (_packages.ContainsKey(id))
            {
                return false; // somebody else sent the same meanwhile
            }

            MakeRoomLocked(bytes);
            Directory.Move(incoming, FolderOf(id));
            _library.Add(manifest);
            _packages.Add(id, new StoredPackage(bytes) { UsedAt = _time.GetTimestamp() });
            PackageLog.Stored(_logger, id.ToShortString(), bytes);
            return true;
        }
    }

    private void MakeRoomLocked(long bytes)
    {
        while (_packages.Values.Sum(package => package.Bytes) + bytes > _options.MaxTotalBytes)
        {
            (CodePackageId id, StoredPackage? oldest) =
                _packages.Where(package => package.Value.ReaderCount == 0).MinBy(package => package.Value.UsedAt);
            if (oldest is null)
            {
                throw new RowenException(
                    ErrorCode.PackageTooLarge,
                    "The manager has no room for this code package: see the option Packages:MaxTotalBytes.");
            }

            _packages.Remove(id);
            _library.Remove(id);
            Remove(FolderOf(id));
            PackageLog.Removed(_logger, id.ToShortString(), oldest.Bytes);
        }
    }

    private void TouchLocked(CodePackageId id, StoredPackage? package)
    {
        if (package is not null)
        {
            package.UsedAt = _time.GetTimestamp();
            Directory.SetLastWriteTimeUtc(FolderOf(id), _time.GetUtcNow().UtcDateTime); // the order survives a restart
        }
    }

    private void FindWhatIsThere()
    {
        foreach (DirectoryInfo folder in new DirectoryInfo(_folder).EnumerateDirectories()
            .OrderBy(folder => folder.LastWriteTimeUtc).ToArray())
        {
            if (CodePackageId.TryParse(folder.Name, null, out CodePackageId id))
            {
                _packages.Add(id, new StoredPackage(SizeOf(folder.FullName)) { UsedAt = _packages.Count + long.MinValue });
            }
            else if (folder.Name.StartsWith(IncomingPrefix, StringComparison.Ordinal))
            {
                Remove(folder.FullName); // it was on its way in when the manager ended
            }
        }
    }

    private string FolderOf(CodePackageId id) => Path.Combine(_folder, id.ToString());

    private static long SizeOf(string folder) => new DirectoryInfo(folder)
        .EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
        .Sum(file => file.Length);

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
