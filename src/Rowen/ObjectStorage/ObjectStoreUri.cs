using System.Globalization;
using Rowen.Protocol.Errors;

namespace Rowen.ObjectStorage;

/// <summary>Opens an object store by its URI, so that a configuration or a command line can say which.</summary>
/// <remarks>
/// <list type="table">
/// <item><term><c>file:/path/of/folder</c></term><description>Files of a folder, which is made if there is none.</description></item>
/// <item><term><c>s3://bucket</c> or <c>s3://bucket/prefix</c></term><description>
/// A bucket of any server that speaks S3, or what is in it below a prefix. Needs the package Rowen.S3; executors and the command line have it.
/// </description></item>
/// <item><term><c>redis://host:port/prefix</c></term><description>Objects of up to 512 MiB in Redis; <c>rediss:</c> is the same over TLS.</description></item>
/// <item><term><c>rowen-memory:?bytes=1073741824</c></term><description>
/// Memory of the cluster, leased when it is opened and given back when it is disposed. Also <c>nodes</c>, <c>copies</c> and <c>provider</c>, as in
/// <see cref="MemoryRequest"/>, and <c>spill</c>: the URI of a store that keeps what is taken back, escaped (<c>file%3A%2Fkept</c>).
/// </description></item>
/// </list>
/// Secrets and addresses are in <c>~/.rowen/stores.json</c>, which is read where a store is opened. Thread safety: any thread.
/// </remarks>
public static class ObjectStoreUri
{
    /// <summary>Scheme of folders.</summary>
    public const string FileScheme = "file";

    /// <summary>Scheme of memory of the cluster.</summary>
    public const string MemoryScheme = "rowen-memory";

    /// <summary>Scheme of S3.</summary>
    public const string S3Scheme = "s3";

    /// <summary>Scheme of Redis.</summary>
    public const string RedisScheme = "redis";

    /// <summary>Scheme of Redis over TLS.</summary>
    public const string SecureRedisScheme = "rediss";

    private static readonly string[] Settings = ["bytes", "nodes", "copies", "provider", "spill"];

    /// <summary>Opens a store.</summary>
    /// <param name="store">Its URI; see the remarks of <see cref="ObjectStoreUri"/>.</param>
    /// <param name="rowen">The cluster whose memory is meant; others need none.</param>
    /// <param name="access">The file that says how stores are reached; null: <c>~/.rowen/stores.json</c>, if it is there.</param>
    /// <param name="cancellationToken">Gives up waiting for memory.</param>
    /// <returns>A store that the caller disposes; memory is given back then.</returns>
    /// <exception cref="ArgumentException">The URI is none, its scheme or a setting is unknown, or a cluster is needed; the message says which.</exception>
    /// <exception cref="IOException">The file of stores is no such file, or not the user's alone.</exception>
    /// <exception cref="RowenException">As <see cref="RowenClient.LeaseMemoryAsync"/>.</exception>
    public static async Task<OpenedObjectStore> OpenAsync(
        string store, RowenClient? rowen = null, string? access = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(store);
        return SchemeOf(store) == MemoryScheme
            ? await OpenMemoryAsync(store, rowen, cancellationToken).ConfigureAwait(false)
            : new OpenedObjectStore(Open(store, access), memory: null);
    }

    /// <summary>Opens a store that no cluster is needed for.</summary>
    internal static IObjectStore Open(string store, string? access) => SchemeOf(store) switch
    {
        FileScheme => new FileObjectStore(FolderOf(store)),
        S3Scheme => S3Provider().Open(store, StoreAccessFile.Find(store, access)),
        RedisScheme or SecureRedisScheme => RedisObjectStore.Open(store, StoreAccessFile.Find(store, access)),
        _ => throw new ArgumentException(
            $"'{store}' names no object store: it begins with {FileScheme}:, {S3Scheme}:, {RedisScheme}:, {SecureRedisScheme}: or {MemoryScheme}:.", nameof(store)),
    };

    /// <summary>What stands before the colon; empty without one.</summary>
    internal static string SchemeOf(string uri) => uri[..Math.Max(0, uri.IndexOf(':', StringComparison.Ordinal))];

    /// <summary>By name, so that who has no use for S3 need not carry its packages along.</summary>
    private static ObjectStoreProvider S3Provider() => Type.GetType("Rowen.S3.S3Provider, Rowen.S3") is { } type
        ? (ObjectStoreProvider)Activator.CreateInstance(type)!
        : throw new ArgumentException("s3: needs the package Rowen.S3, which this program does not have: add a reference to it.");

    private static async Task<OpenedObjectStore> OpenMemoryAsync(string uri, RowenClient? rowen, CancellationToken cancellationToken)
    {
        MemoryRequest request = Read(uri);
        if (rowen is null)
        {
            throw new ArgumentException($"'{uri}' means memory of a cluster, and no client of one was given.", nameof(rowen));
        }

        RemoteMemory memory = await rowen.LeaseMemoryAsync(request, cancellationToken).ConfigureAwait(false);
        return new OpenedObjectStore(new MemoryObjectStore(memory), memory);
    }

    /// <summary>What a URI of memory asks for.</summary>
    internal static MemoryRequest Read(string uri)
    {
        Dictionary<string, string> settings = ReadSettings(uri);
        return new MemoryRequest
        {
            LengthBytes = settings.ContainsKey("bytes") ? NumberOf(uri, settings, "bytes", 0) : throw Wrong(uri, "it says not how many: add ?bytes=…"),
            NodeCount = checked((int)NumberOf(uri, settings, "nodes", 1)),
            CopyCount = checked((int)NumberOf(uri, settings, "copies", 1)),
            Provider = settings.GetValueOrDefault("provider"),
            SpillTo = settings.TryGetValue("spill", out string? spill) ? new FileObjectStore(FolderOf(spill)) : null,
        };
    }

    private static Dictionary<string, string> ReadSettings(string uri)
    {
        string rest = uri[(MemoryScheme.Length + 1)..];
        if (rest.Length > 0 && rest[0] != '?')
        {
            throw Wrong(uri, "only settings follow the colon: ?bytes=…&copies=…");
        }

        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string pair in rest.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=', 2);
            if (parts.Length != 2 || !Settings.Contains(parts[0]) || !settings.TryAdd(parts[0], Uri.UnescapeDataString(parts[1])))
            {
                throw Wrong(uri, $"'{pair}' is no setting, or comes twice; there are {string.Join(", ", Settings)}");
            }
        }

        return settings;
    }

    private static long NumberOf(string uri, Dictionary<string, string> settings, string name, long other) =>
        !settings.TryGetValue(name, out string? text) ? other
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && (name == "bytes" || value <= int.MaxValue) ? value
        : throw Wrong(uri, $"{name}={text} is no whole number");

    internal static string FolderOf(string uri)
    {
        string path = uri.StartsWith(FileScheme + ":", StringComparison.Ordinal) ? uri[(FileScheme.Length + 1)..] : string.Empty;
        path = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path; // file:///path is the same as file:/path
        return path.Length > 0 && path[0] == '/'
            ? Uri.UnescapeDataString(path)
            : throw Wrong(uri, "a folder is given as file:/path, from the root");
    }

    private static ArgumentException Wrong(string uri, string why) => new($"'{uri}' cannot be opened: {why}.");
}
