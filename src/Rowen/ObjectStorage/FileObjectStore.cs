using System.IO.Enumeration;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.ObjectStorage;

/// <summary>Objects as the files of one folder and of those below it, such as of a parallel file system.</summary>
/// <remarks>
/// A file's path below the folder is the object's name, so that what other programs have written is there, too. Several programs may use a
/// folder at a time. A file gets its name when it was written and flushed, and takes the place of what has that name at once; a crash of the machine may undo what was put in the seconds before it, but tears nothing. Names that begin with <c>.rowen-</c> are
/// unfinished files, which are no objects; a program that was killed leaves one where the file system knows no files without names (NFS, Lustre), and nothing elsewhere.
/// Links to files are followed, links to folders are not.
/// </remarks>
/// <param name="folder">The folder, which is made with the first object.</param>
public sealed class FileObjectStore(string folder) : IObjectStore
{
    private const string Unfinished = ".rowen-";
    private readonly string _folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    /// <summary>Whether content is on the disk before it gets its name, so that no object is torn by a crash of the machine. Not worth its time for what lives no longer than a process.</summary>
    /// <remarks>The name itself is written when the file system sees fit: a put of the last seconds before a crash may be forgotten as a whole, and what had the name before be there again.</remarks>
    internal bool IsLasting { get; init; } = true;

    /// <inheritdoc/>
    public Task PutAsync(string name, Stream content, CancellationToken cancellationToken = default)
    {
        string path = PathOf(name);
        _ = ObjectName.LengthOf(content);
        return ReplaceAsync(path, content, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(string name, CancellationToken cancellationToken = default)
    {
        SafeFileHandle? file = OpenOrNone(PathOf(name));
        if (file is null)
        {
            return Task.FromResult<Stream?>(null);
        }

        var state = FileState.Of(file);
        return Task.FromResult<Stream?>(new FileRangeStream(file, PathOf(name), 0, state.LengthBytes, () => CheckSame(name, state, file)));
    }

    /// <inheritdoc/>
    public Task<Stream> OpenRangeAsync(StoredObject found, long offset, long lengthBytes, CancellationToken cancellationToken = default)
    {
        ObjectName.CheckRange(found, offset, lengthBytes);
        SafeFileHandle file = OpenOrNone(PathOf(found.Name)) ?? throw new ObjectChangedException(_folder, found.Name);
        var state = FileState.Of(file);
        if (state.Version != found.Version || state.LengthBytes != found.LengthBytes)
        {
            file.Dispose();
            throw new ObjectChangedException(_folder, found.Name);
        }

        return Task.FromResult<Stream>(new FileRangeStream(file, PathOf(found.Name), offset, lengthBytes, () => CheckSame(found.Name, state, file)));
    }

    /// <inheritdoc/>
    public Task<StoredObject?> HeadAsync(string name, CancellationToken cancellationToken = default)
    {
        using SafeFileHandle? file = OpenOrNone(PathOf(name));
        return Task.FromResult(file is null ? null : Describe(name, file));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredObject>> ListAsync(string prefix = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        string start = prefix.Contains("..", StringComparison.Ordinal) ? _folder // a name never has it, a path might
            : Path.Combine(_folder, prefix[..(prefix.LastIndexOf('/') + 1)].TrimStart('/'));
        if (!Directory.Exists(start))
        {
            return Task.FromResult<IReadOnlyList<StoredObject>>([]);
        }

        List<StoredObject> found = [];
        try
        {
            foreach (StoredObject? one in FilesBelow(start))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (one is not null && one.Name.StartsWith(prefix, StringComparison.Ordinal))
                {
                    found.Add(one);
                }
            }
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            throw Refused(start, exception);
        }

        found.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        return Task.FromResult<IReadOnlyList<StoredObject>>(found);
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        string path = PathOf(name);
        try
        {
            bool exists = File.Exists(path);
            File.Delete(path);
            return Task.FromResult(exists);
        }
        catch (DirectoryNotFoundException)
        {
            return Task.FromResult(false);
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            throw Refused(path, exception);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> CopyAsync(string name, string copy, CancellationToken cancellationToken = default)
    {
        _ = PathOf(copy);
        Stream? content = await OpenAsync(name, cancellationToken).ConfigureAwait(false);
        if (content is null)
        {
            return false;
        }

        await using (content.ConfigureAwait(false))
        {
            await PutAsync(copy, content, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Removes a folder with whatever is in it, unfinished files of programs that were killed too.</summary>
    /// <returns>False if somebody has put something into it meanwhile.</returns>
    internal bool TryDeleteFolder(string name)
    {
        try
        {
            Directory.Delete(PathOf(name), recursive: true);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true; // it is gone
        }
        catch (IOException) when (Directory.Exists(PathOf(name)))
        {
            return false;
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            throw Refused(PathOf(name), exception);
        }
    }

    /// <summary>Whether an exception is the file system's own.</summary>
    internal static bool IsRefusal(Exception exception) =>
        exception is (IOException or UnauthorizedAccessException) and not StoreFailedException and not ObjectChangedException;

    /// <summary>Callers are promised one kind of exception for whatever the file system does: it may do otherwise when that is mended.</summary>
    internal static StoreFailedException Refused(string path, Exception exception) => new(
        IsFull(exception)
            ? $"{path} cannot be written: {exception.Message.TrimEnd('.')}. Make room on its file system, or name another store."
            : $"{path} cannot be used: {exception.Message}",
        exception);

    private static bool IsFull(Exception exception)
    {
        const int noSpace = 28; // ENOSPC
        const int noQuota = 122; // EDQUOT
        return exception.HResult is noSpace or noQuota;
    }

    /// <summary>What is there stays until all is written. What fails in reading the content is told as it is.</summary>
    private async Task ReplaceAsync(string path, Stream content, CancellationToken cancellationToken)
    {
        using SafeFileHandle? nameless = NamelessFile.CreateOrNone(Path.GetDirectoryName(path)!);
        if (nameless is null)
        {
            await WriteBesideAsync(path, content, cancellationToken).ConfigureAwait(false);
            return;
        }

        await FillAsync(nameless, path, content, cancellationToken).ConfigureAwait(false);
        Guard(path, () =>
        {
            if (!NamelessFile.TryName(nameless, path))
            {
                NamelessFile.NameInPlaceOf(nameless, path, Beside(path));
            }
        });
    }

    private async Task FillAsync(SafeFileHandle file, string path, Stream content, CancellationToken cancellationToken)
    {
        await content.CopyToAsync(new FileWriteStream(file, path), 1 << 20, cancellationToken).ConfigureAwait(false);
        if (IsLasting)
        {
            Guard(path, () => RandomAccess.FlushToDisk(file));
        }
    }

    /// <summary>The way of file systems where every file has a name from its first moment.</summary>
    private async Task WriteBesideAsync(string path, Stream content, CancellationToken cancellationToken)
    {
        string beside = Beside(path);
        try
        {
            SafeFileHandle? made = null;
            Guard(path, () => made = Create(beside, Path.GetDirectoryName(path)!));
            using (SafeFileHandle file = made!)
            {
                await FillAsync(file, path, content, cancellationToken).ConfigureAwait(false);
            }

            Guard(path, () => File.Move(beside, path, overwrite: true));
        }
        catch
        {
            Discard(beside);
            throw;
        }
    }

    private static void Guard(string path, Action act)
    {
        try
        {
            act();
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            throw Refused(path, exception);
        }
    }

    private static string Beside(string path) =>
        Path.Combine(Path.GetDirectoryName(path)!, $"{Unfinished}{RandomNumberGenerator.GetHexString(16, lowercase: true)}.unfinished");

    /// <summary>The folder is nearly always there: it is made where it is missed.</summary>
    private static SafeFileHandle Create(string path, string parent)
    {
        try
        {
            return File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException or FileNotFoundException) // the latter if somebody makes it this moment
        {
            Directory.CreateDirectory(parent);
            return File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        }
    }

    private static void Discard(string unfinished)
    {
        try
        {
            File.Delete(unfinished);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one that is told.
        }
    }

    private static SafeFileHandle? OpenOrNone(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            throw Refused(path, exception);
        }
    }

    private static StoredObject Describe(string name, SafeFileHandle file)
    {
        var state = FileState.Of(file);
        return new StoredObject(name, state.LengthBytes, state.Version);
    }

    private FileSystemEnumerable<StoredObject?> FilesBelow(string start)
    {
        int nameAt = _folder.Length + (_folder.EndsWith('/') ? 0 : 1);
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false };
        return new FileSystemEnumerable<StoredObject?>(Path.TrimEndingDirectorySeparator(start), (ref entry) => Describe(ref entry, nameAt), options)
        {
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory && !entry.FileName.StartsWith(Unfinished, StringComparison.Ordinal),
            ShouldRecursePredicate = (ref entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
    }

    /// <returns>Null: it was removed meanwhile, or is a link to nothing.</returns>
    private static StoredObject? Describe(ref FileSystemEntry entry, int nameAt)
    {
        string path = entry.ToFullPath();
        if ((entry.Attributes & FileAttributes.ReparsePoint) != 0)
        {
            using SafeFileHandle? file = OpenOrNone(path);
            return file is null ? null : Describe(path[nameAt..], file);
        }

        return new StoredObject(path[nameAt..], entry.Length, new FileState(entry.LastWriteTimeUtc.Ticks, entry.Length).Version);
    }

    private void CheckSame(string name, FileState state, SafeFileHandle file)
    {
        if (FileState.Of(file) != state)
        {
            throw new ObjectChangedException(_folder, name);
        }
    }

    private string PathOf(string name)
    {
        ObjectName.Check(name);
        return name.StartsWith(Unfinished, StringComparison.Ordinal) || name.Contains("/" + Unfinished, StringComparison.Ordinal)
            ? throw new ArgumentException($"'{name}' cannot name an object: {Unfinished} begins the names of files that are not finished.", nameof(name))
            : Path.Combine(_folder, name);
    }
}
