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

    private readonly string _folder;
    private readonly PackageOptions _options;
    private readonly CodePackageLimits _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<CodePackageId, StoredPackage> _packages = [];
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
        FindWhatIsThere();
    }

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

    /// <summary>Writes a package as an archive. It is not removed meanwhile.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.UnknownPackage"/>.</exception>
    public async Task WriteAsync(CodePackageId id, Stream tar, CancellationToken cancellationToken)
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
            await CodePackageArchive.WriteAsync(FolderOf(id), tar, cancellationToken);
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
    public async Task<bool> PutAsync(CodePackageId id, Stream tar, CancellationToken cancellationToken)
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
            CodePackageId found = await CodePackageArchive.ExtractAsync(tar, incoming, _limits, cancellationToken);
            if (found != id)
            {
                throw new RowenException(
                    ErrorCode.PackageHashDiffers,
                    $"The archive sent as code package {id.ToShortString()}… holds {found.ToShortString()}…. Send what the name says.");
            }

            return Keep(id, incoming);
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

    private bool Keep(CodePackageId id, string incoming)
    {
        long bytes = SizeOf(incoming);
        lock (_lock)
        {
            if (_packages.ContainsKey(id))
            {
                return false; // somebody else sent the same meanwhile
            }

            MakeRoomLocked(bytes);
            Directory.Move(incoming, FolderOf(id));
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
