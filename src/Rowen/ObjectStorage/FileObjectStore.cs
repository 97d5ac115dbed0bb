using System.Security.Cryptography;
using System.Text;

namespace Rowen.ObjectStorage;

/// <summary>Objects as files of one folder, such as one of a parallel file system.</summary>
/// <remarks>
/// A file is named after the SHA-256 of the object's name, which may be longer than file systems allow, and begins with
/// that name. Several programs may use a folder at a time.
/// <code>
/// offset  size  field        little-endian
///      0     4  Magic        'R' 'W' 'O' '1'
///      4     4  NameBytes    length of the name, from 1 to 800
///      8     n  Name         UTF-8
///    8+n        Content      to the end of the file
/// </code>
/// </remarks>
public sealed class FileObjectStore : IObjectStore
{
    private const string Suffix = ".object";
    private readonly string _folder;

    /// <summary>Uses a folder, and makes it if there is none.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">It could not be made.</exception>
    public FileObjectStore(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _folder = Path.GetFullPath(folder);
        try
        {
            Directory.CreateDirectory(_folder);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw Refused(_folder, exception);
        }
    }

    /// <inheritdoc/>
    public async Task PutAsync(string name, Stream content, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(name);
        _ = ObjectName.LengthOf(content);
        string unfinished = Path.Combine(_folder, $".{RandomNumberGenerator.GetHexString(32, lowercase: true)}.unfinished");
        try
        {
            FileStream file = File.Create(unfinished);
            await using (file.ConfigureAwait(false))
            {
                await file.WriteAsync(ObjectFileHeader.Write(name), cancellationToken).ConfigureAwait(false);
                await content.CopyToAsync(file, cancellationToken).ConfigureAwait(false);
                await file.FlushAsync(cancellationToken).ConfigureAwait(false);
                RandomAccess.FlushToDisk(file.SafeFileHandle);
            }

            File.Move(unfinished, PathOf(name), overwrite: true);
        }
        catch (Exception exception)
        {
            Discard(unfinished);
            if (exception is UnauthorizedAccessException refusal)
            {
                throw Refused(_folder, refusal);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(name);
        try
        {
            return Task.FromResult<Stream?>(Open(PathOf(name), name));
        }
        catch (FileNotFoundException)
        {
            return Task.FromResult<Stream?>(null);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw Refused(PathOf(name), exception);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredObject>> ListAsync(string prefix = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        List<StoredObject> found = [];
        foreach (string path in Directory.EnumerateFiles(_folder, "*" + Suffix))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (DescribeOrNone(path) is { } one && one.Name.StartsWith(prefix, StringComparison.Ordinal))
            {
                found.Add(one);
            }
        }

        return Task.FromResult<IReadOnlyList<StoredObject>>([.. found.OrderBy(one => one.Name, StringComparer.Ordinal)]);
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(name);
        try
        {
            bool exists = File.Exists(PathOf(name));
            File.Delete(PathOf(name));
            return Task.FromResult(exists);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw Refused(PathOf(name), exception);
        }
    }

    private static TailStream Open(string path, string name)
    {
        FileStream file = File.OpenRead(path);
        if (ObjectFileHeader.ReadNameOrNone(file) == name)
        {
            return new TailStream(file);
        }

        file.Dispose();
        throw new IOException($"{path} is not the file of the object '{name}': it is damaged, or another program's.");
    }

    private static StoredObject? DescribeOrNone(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            return ObjectFileHeader.ReadNameOrNone(file) is { } name ? new StoredObject(name, file.Length - file.Position) : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or UnauthorizedAccessException)
        {
            return null; // removed meanwhile, or nothing of ours
        }
    }

    /// <summary>Callers are promised one kind of exception for whatever the file system does.</summary>
    private static IOException Refused(string path, UnauthorizedAccessException exception) =>
        new($"{path} cannot be used: {exception.Message}", exception);

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

    private string PathOf(string name) => Path.Combine(_folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))) + Suffix);
}
