using Microsoft.Extensions.Logging;
using Rowen.NodeAgent.Executors;
using Rowen.Protocol.CodePackages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;

namespace Rowen.NodeAgent.CodePackages;

/// <summary>Code packages of this node: fetched once, checked against the hash that names them, shared by all executors.</summary>
/// <remarks>
/// A folder that bears a package's name is complete: it got that name last, by rename. What no executor uses is removed
/// when it becomes too much, the longest unused first. Thread safety: any thread.
/// </remarks>
internal sealed class PackageCache
{
    private const string IncomingPrefix = ".incoming-";

    private readonly string _folder;
    private readonly PackageCacheOptions _options;
    private readonly PackageFetch _fetch;
    private readonly PackageParts? _parts;
    private readonly CodePackageLibrary _library;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<CodePackageId, CachedPackage> _packages = [];
    private long _lastIncoming;

    /// <summary>Opens the cache, and removes what an earlier agent did not finish.</summary>
    /// <param name="folder">Belongs to this agent alone; exists.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="fetch">Fetches what the node lacks.</param>
    /// <param name="time">Tells which was used last.</param>
    /// <param name="logger">For people.</param>
    /// <param name="parts">Fetches only the files that no other package here has; null: packages are fetched whole.</param>
    public PackageCache(string folder, PackageCacheOptions options, PackageFetch fetch, TimeProvider time, ILogger logger, PackageParts? parts = null)
    {
        _folder = folder;
        _options = options;
        _fetch = fetch;
        _time = time;
        _logger = logger;
        _parts = parts;
        _library = new CodePackageLibrary(folder, CodePackageLimits.Default);
        foreach (string path in Directory.EnumerateDirectories(folder).ToArray())
        {
            if (CodePackageId.TryParse(Path.GetFileName(path), null, out CodePackageId id))
            {
                long sizeBytes = SizeOf(path);
                _packages.Add(id, new CachedPackage(Task.FromResult(sizeBytes)) { SizeBytes = sizeBytes });
            }
            else
            {
                TryDelete(path);
            }
        }
    }

    /// <summary>Says where a package lies, and fetches it first if the node lacks it. Never throws.</summary>
    /// <param name="id">The package.</param>
    /// <param name="user">Keeps it until <see cref="Release"/>.</param>
    public async Task<PackageAnswer> GetAsync(CodePackageId id, ExecutorNumber user)
    {
        if (id == default)
        {
            return Refuse(id, ErrorCode.UnknownPackage, "The executor asked for a package without a name.");
        }

        CachedPackage package = Use(id, user);
        try
        {
            long sizeBytes = await package.Arrival;
            Prune(package, sizeBytes);
            return new PackageAnswer(id, FolderOf(id), null);
        }
        catch (RowenException exception)
        {
            return Refuse(id, exception.Code, exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Refuse(id, ErrorCode.StorageFailed, $"Package {id.ToShortString()} could not be stored on the node: {exception.Message}");
        }
        catch (OperationCanceledException)
        {
            return Refuse(
                id, ErrorCode.ManagerUnreachable, $"Package {id.ToShortString()} did not arrive within {_options.FetchTimeout}.");
        }
    }

    /// <summary>An executor is gone, and needs no package any more.</summary>
    public void Release(ExecutorNumber user)
    {
        lock (_lock)
        {
            foreach (CachedPackage package in _packages.Values)
            {
                package.Users.Remove(user);
            }
        }
    }

    private static PackageAnswer Refuse(CodePackageId id, ErrorCode code, string why) => new(id, null, new ErrorAnswer(code, why));

    private string FolderOf(CodePackageId id) => Path.Combine(_folder, id.ToString());

    private CachedPackage Use(CodePackageId id, ExecutorNumber user)
    {
        lock (_lock)
        {
            if (!_packages.TryGetValue(id, out CachedPackage? package) || package.HasFailed)
            {
                package = new CachedPackage(Task.Run(() => FetchAsync(id)));
                _packages[id] = package;
            }

            package.Users.Add(user);
            package.UsedAt = _time.GetTimestamp();
            return package;
        }
    }

    private async Task<long> FetchAsync(CodePackageId id)
    {
        using var bound = new CancellationTokenSource(_options.FetchTimeout, _time);
        return await TryFetchAsync(id, FetchChangesAsync, bound.Token)
            ?? await TryFetchAsync(id, FetchWholeAsync, bound.Token)
            ?? throw new InvalidOperationException("A package that was fetched whole is there, or an error is.");
    }

    private async Task<CodePackageManifest?> FetchWholeAsync(CodePackageId id, string incoming, CancellationToken cancellationToken)
    {
        CodePackageManifest? found = null;
        await _fetch(
            id,
            async (tar, token) => found = await CodePackageArchive.UnpackAsync(tar, incoming, CodePackageLimits.Default, token),
            cancellationToken);
        return found?.Id == id ? found : throw new RowenException(
            ErrorCode.PackageHashDiffers,
            $"What arrived as package {id.ToShortString()} has the hash {found?.Id.ToShortString()}. Deploy it again.");
    }

    /// <summary>Only the files that no other package of this node has.</summary>
    private async Task<CodePackageManifest?> FetchChangesAsync(CodePackageId id, string incoming, CancellationToken cancellationToken)
    {
        if (_parts is null)
        {
            return null;
        }

        try
        {
            CodePackageManifest manifest = _library.Read(id, await _parts.ManifestAsync(id, cancellationToken));
            CodePackageManifest lacking = _library.Lacking(manifest);
            if (lacking.Files.Count == manifest.Files.Count)
            {
                return null;
            }

            await _parts.FilesAsync(
                id, lacking, (tar, token) => CodePackageArchive.UnpackAsync(tar, incoming, CodePackageLimits.Default, token), cancellationToken);
            bool isWhole = _library.TryComplete(manifest, incoming);
            PackageLog.FetchedChanges(_logger, id.ToShortString(), lacking.TotalBytes >> 10, manifest.TotalBytes >> 10);
            return isWhole ? manifest : null;
        }
        catch (RowenException exception) when (exception.Code is ErrorCode.UnknownPackage or ErrorCode.MalformedMessage)
        {
            return null;
        }
    }

    private async Task<long?> TryFetchAsync(
        CodePackageId id, Func<CodePackageId, string, CancellationToken, Task<CodePackageManifest?>> fetchAsync, CancellationToken cancellationToken)
    {
        string incoming = Path.Combine(_folder, $"{IncomingPrefix}{Interlocked.Increment(ref _lastIncoming)}");
        try
        {
            Directory.CreateDirectory(incoming, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (await fetchAsync(id, incoming, cancellationToken) is not { } manifest)
            {
                return null;
            }

            Directory.Move(incoming, FolderOf(id));
            _library.Add(manifest);
            long sizeBytes = SizeOf(FolderOf(id));
            PackageLog.Fetched(_logger, id.ToShortString(), sizeBytes >> 10);
            return sizeBytes;
        }
        finally
        {
            TryDelete(incoming);
        }
    }

    private void Prune(CachedPackage arrived, long sizeBytes)
    {
        lock (_lock)
        {
            arrived.SizeBytes = sizeBytes;
            List<(CodePackageId Id, CachedPackage Package)> idle = [.. _packages
                .Where(pair => pair.Value.IsStored && pair.Value.Users.Count == 0)
                .OrderByDescending(pair => pair.Value.UsedAt)
                .Select(pair => (pair.Key, pair.Value))];
            long bytes = 0;
            int count = _packages.Count - idle.Count;
            foreach ((CodePackageId id, CachedPackage package) in idle)
            {
                bytes += package.SizeBytes;
                count++;
                if ((bytes > _options.MaxBytes || count > _options.MaxCount) && TryRetire(id))
                {
                    _packages.Remove(id);
                }
            }
        }
    }

    /// <summary>Takes its name away first: half a package must never look like a whole one.</summary>
    private bool TryRetire(CodePackageId id)
    {
        _library.Remove(id);
        string retired = Path.Combine(_folder, $"{IncomingPrefix}{Interlocked.Increment(ref _lastIncoming)}");
        try
        {
            Directory.Move(FolderOf(id), retired);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        TryDelete(retired);
        return true;
    }

    private void TryDelete(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            PackageLog.NotRemoved(_logger, exception, path);
        }
    }

    private static long SizeOf(string path) =>
        new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
}
