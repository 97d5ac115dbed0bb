using System.Globalization;
using Rowen.Protocol.Errors;

namespace Rowen.ObjectStorage;

/// <summary>Opens an object store by its URI, so that a configuration or a command line can say which.</summary>
/// <remarks>
/// <list type="table">
/// <item><term><c>file:/path/of/folder</c></term><description>Files of a folder, which is made if there is none.</description></item>
/// <item><term><c>rowen-memory:?bytes=1073741824</c></term><description>
/// Memory of the cluster, leased when it is opened and given back when it is disposed. Also <c>nodes</c>, <c>copies</c> and <c>provider</c>, as in
/// <see cref="MemoryRequest"/>, and <c>spill</c>: the URI of a store that keeps what is taken back, escaped (<c>file%3A%2Fkept</c>).
/// </description></item>
/// </list>
/// Thread safety: any thread.
/// </remarks>
public static class ObjectStoreUri
{
    /// <summary>Scheme of folders.</summary>
    public const string FileScheme = "file";

    /// <summary>Scheme of memory of the cluster.</summary>
    public const string MemoryScheme = "rowen-memory";

    private static readonly string[] Settings = ["bytes", "nodes", "copies", "provider", "spill"];

    /// <summary>Opens a store.</summary>
    /// <param name="store">Its URI; see the remarks of <see cref="ObjectStoreUri"/>.</param>
    /// <param name="rowen">The cluster whose memory is meant; <c>file:</c> needs none.</param>
    /// <param name="cancellationToken">Gives up waiting for memory.</param>
    /// <returns>A store that the caller disposes; memory is given back then.</returns>
    /// <exception cref="ArgumentException">The URI is none, its scheme or a setting is unknown, or a cluster is needed; the message says which.</exception>
    /// <exception cref="IOException">A folder could not be made.</exception>
    /// <exception cref="RowenException">As <see cref="RowenClient.LeaseMemoryAsync"/>.</exception>
    public static async Task<OpenedObjectStore> OpenAsync(string store, RowenClient? rowen = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(store);
        string scheme = store[..Math.Max(0, store.IndexOf(':', StringComparison.Ordinal))];
        return scheme switch
        {
            FileScheme => new OpenedObjectStore(new FileObjectStore(FolderOf(store)), memory: null),
            MemoryScheme => await OpenMemoryAsync(store, rowen, cancellationToken).ConfigureAwait(false),
            _ => throw new ArgumentException($"'{store}' names no object store: it begins with {FileScheme}: or {MemoryScheme}:.", nameof(store)),
        };
    }

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

    private static string FolderOf(string uri)
    {
        string path = uri.StartsWith(FileScheme + ":", StringComparison.Ordinal) ? uri[(FileScheme.Length + 1)..] : string.Empty;
        path = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path; // file:///path is the same as file:/path
        return path.Length > 0 && path[0] == '/'
            ? Uri.UnescapeDataString(path)
            : throw Wrong(uri, "a folder is given as file:/path, from the root");
    }

    private static ArgumentException Wrong(string uri, string why) => new($"'{uri}' cannot be opened: {why}.");
}
