using System.Globalization;
using System.IO.Enumeration;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Rowen.ObjectStorage;

/// <summary>Objects as the files of one folder and of those below it, such as of a parallel file system.</summary>
/// <remarks>
/// A file's path below the folder is the object's name, so that what other programs have written is there, too. Several programs may use a
/// folder at a time. A file is written beside its place, flushed, and renamed: names that begin with <c>.rowen-</c> are such unfinished ones, which
/// are no objects; a program that was killed leaves one. Links to files are followed, links to folders are not.
/// </remarks>
/// <param name="folder">The folder, which is made with the first object.</param>
public sealed class FileObjectStore(string folder) : IObjectStore
{
    private const string Unfinished = ".rowen-";
    private readonly string _folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    /// <inheritdoc/>
    public Task PutAsync(string name, Stream content, CancellationToken cancellationToken = default)
    {
        string path = PathOf(name);
        _ = ObjectName.LengthOf(content);
        return ReplaceAsync(
            path,
            async unfinished =>
            {
                FileStream file = new(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
                await using (file.ConfigureAwait(false))
                {
                    await content.CopyToAsync(file, 1 << 20, cancellationToken).ConfigureAwait(false);
                    RandomAccess.FlushToDisk(file.SafeFileHandle);
                }
            });
    }

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(string name, CancellationToken cancellationToken = default)
    {
        SafeFileHandle? file = OpenOrNone(PathOf(name));
        if (file is null)
        {
            return Task.FromResult<Stream?>(null);
        }

        StoredObject found = Describe(name, file);
        return Task.FromResult<Stream?>(new FileRangeStream(file, 0, found.LengthBytes, () => CheckSame(found, file)));
    }

    /// <inheritdoc/>
    public Task<Stream> OpenRangeAsync(StoredObject found, long offset, long lengthBytes, CancellationToken cancellationToken = default)
    {
        ObjectName.CheckRange(found, offset, lengthBytes);
        SafeFileHandle file = OpenOrNone(PathOf(found.Name)) ?? throw new ObjectChangedException(_folder, found.Name);
        try
        {
            CheckSame(found, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        return Task.FromResult<Stream>(new FileRangeStream(file, offset, lengthBytes, () => CheckSame(found, file)));
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
        catch (UnauthorizedAccessException exception)
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
        catch (UnauthorizedAccessException exception)
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

    /// <summary>Writes beside a place and renames: what is there stays until all is written.</summary>
    private static async Task ReplaceAsync(string path, Func<string, Task> write)
    {
        string parent = Path.GetDirectoryName(path)!;
        string unfinished = Path.Combine(parent, $"{Unfinished}{RandomNumberGenerator.GetHexString(16, lowercase: true)}.unfinished");
        try
        {
            Directory.CreateDirectory(parent);
            await write(unfinished).ConfigureAwait(false);
            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception exception)
        {
            Discard(unfinished);
            if (exception is UnauthorizedAccessException refusal)
            {
                throw Refused(path, refusal);
            }

            throw;
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
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException exception)
        {
            throw Refused(path, exception);
        }
    }

    private static StoredObject Describe(string name, SafeFileHandle file)
    {
        long lengthBytes = RandomAccess.GetLength(file);
        return new StoredObject(name, lengthBytes, VersionOf(File.GetLastWriteTimeUtc(file), lengthBytes));
    }

    private static string VersionOf(DateTime changedAt, long lengthBytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{changedAt.Ticks:x}-{lengthBytes:x}");

    /// <summary>Callers are promised one kind of exception for whatever the file system does.</summary>
    private static IOException Refused(string path, UnauthorizedAccessException exception) =>
        new($"{path} cannot be used: {exception.Message}", exception);

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

        return new StoredObject(path[nameAt..], entry.Length, VersionOf(entry.LastWriteTimeUtc.UtcDateTime, entry.Length));
    }

    private void CheckSame(StoredObject found, SafeFileHandle file)
    {
        if (Describe(found.Name, file) != found)
        {
            throw new ObjectChangedException(_folder, found.Name);
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
