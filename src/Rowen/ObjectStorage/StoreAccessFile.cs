using System.Text.Json;

namespace Rowen.ObjectStorage;

/// <summary>The user's file of stores: who reads it is let in, so it is the user's alone.</summary>
internal static class StoreAccessFile
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
    private const int MaxBytes = 1 << 20;

    /// <summary><c>~/.rowen/stores.json</c>.</summary>
    public static string DefaultPath { get; } =
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".rowen", "stores.json");

    /// <summary>Finds what applies to a store.</summary>
    /// <param name="store">The store's URI.</param>
    /// <param name="path">The file; null: the default one, if it is there.</param>
    /// <returns>An entry without a secret where none is for this store.</returns>
    /// <exception cref="IOException">The file is not there, is no such file, or others may read it.</exception>
    public static StoreAccess Find(string store, string? path)
    {
        if (path is null && !File.Exists(DefaultPath))
        {
            return new StoreAccess { Uri = store };
        }

        string file = path ?? DefaultPath;
        StoreAccess found = Read(file).Stores
            .Where(entry => Applies(entry.Uri, store))
            .MaxBy(entry => entry.Uri.Length) ?? new StoreAccess { Uri = store };
        found.File = file;
        return found;
    }

    private static StoreAccessList Read(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            if ((File.GetUnixFileMode(file.SafeFileHandle) & Others) != 0)
            {
                throw new IOException($"{path} holds what lets into your stores, and others may read or change it. Say `chmod 600 {path}`.");
            }

            StoreAccessList list = file.Length <= MaxBytes && JsonSerializer.Deserialize(file, StoreAccessJson.Default.StoreAccessList) is { } read
                ? read
                : throw new IOException($"{path} is no file of stores: it is empty, or larger than {MaxBytes} bytes.");
            return FaultOf(list) is { } fault ? throw new IOException($"{path} is no file of stores: {fault}.") : list;
        }
        catch (JsonException exception)
        {
            // Not the exception itself: its text may quote the file.
            throw new IOException($"{path} is no file of stores: line {exception.LineNumber + 1} ({exception.Path}) is wrong. docs/data.md shows how it looks.");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IOException($"{path} is not there, which says how stores are reached: put it there, readable by you alone, on this machine, too.", exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    private static string? FaultOf(StoreAccessList list)
    {
        foreach (StoreAccess entry in list.Stores ?? [])
        {
            if (string.IsNullOrEmpty(entry?.Uri))
            {
                return "an entry has no uri";
            }

            if (entry.Retries is < 0 or > 20)
            {
                return $"retries of {entry.Uri} is not from 0 to 20";
            }

            if ((entry.AccessKey is null) != (entry.SecretKey is null))
            {
                return $"{entry.Uri} has one of accessKey and secretKey, and needs both or none";
            }
        }

        return list.Stores is null ? "it has no list 'stores'" : null;
    }

    /// <summary>Whole parts only: what is for <c>s3://data</c> is not for <c>s3://data-of-others</c>.</summary>
    private static bool Applies(string entry, string store) => store.StartsWith(entry, StringComparison.Ordinal)
        && (store.Length == entry.Length || entry[^1] is '/' or ':' || store[entry.Length] == '/');
}
