using Rowen.LentMemory;
using Rowen.Protocol.Errors;

namespace Rowen.ObjectStorage;

/// <summary>Objects in memory of the cluster (<c>rowen-memory:</c>), of one program: they live as long as its leases.</summary>
/// <remarks>
/// Where <see cref="MemoryRequest.SpillTo"/> is set, objects whose memory is taken back are found there, through this store
/// and under the same names. An object that is replaced or deleted stays readable for whoever has it open.
/// </remarks>
/// <param name="memory">The memory, which the caller disposes; not before the store is used for the last time.</param>
public sealed class MemoryObjectStore(RemoteMemory memory) : IObjectStore
{
    private const string Name = "the cluster's memory";

    private readonly Lock _lock = new();
    private long _puts;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    /// <exception cref="RowenException">The leases have not enough memory left, or are over.</exception>
    public async Task PutAsync(string name, Stream content, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(name);
        long lengthBytes = ObjectName.LengthOf(content);
        MemoryRegion region = await memory.AllocateUnnamedAsync(Math.Max(1, lengthBytes), cancellationToken).ConfigureAwait(false);
        try
        {
            Stream target = region.OpenStream();
            await using (target.ConfigureAwait(false))
            {
                await content.CopyToAsync(target, cancellationToken).ConfigureAwait(false);
            }

            await memory.ChangeNamesAsync(() => ReplaceAsync(name, new Entry(region, lengthBytes, Interlocked.Increment(ref _puts))), cancellationToken).ConfigureAwait(false);
        }
        catch when (!IsStored(name, region))
        {
            await region.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        await memory.ChangeNamesAsync(() => DeleteOlderAsync(name, region, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<Stream?> OpenAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(name);
        return OpenHereOrNone(name, version: null, out _)
            ?? (memory.SpillTo is { } spilled ? await spilled.OpenAsync(name, cancellationToken).ConfigureAwait(false) : null);
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenRangeAsync(StoredObject found, long offset, long lengthBytes, CancellationToken cancellationToken = default)
    {
        ObjectName.CheckRange(found, offset, lengthBytes);
        if (OpenHereOrNone(found.Name, found.Version, out bool isOther) is { } whole)
        {
            return new WindowStream(whole, offset, lengthBytes);
        }

        return !isOther && memory.SpillTo is { } spilled
            ? await spilled.OpenRangeAsync(found, offset, lengthBytes, cancellationToken).ConfigureAwait(false)
            : throw new ObjectChangedException(Name, found.Name);
    }

    /// <inheritdoc/>
    public async Task<StoredObject?> HeadAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(name);
        lock (_lock)
        {
            if (_entries.TryGetValue(name, out Entry? entry) && !entry.Region.IsLost)
            {
                return entry.Describe(name);
            }
        }

        return memory.SpillTo is { } spilled ? await spilled.HeadAsync(name, cancellationToken).ConfigureAwait(false) : null;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredObject>> ListAsync(string prefix = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        IReadOnlyList<StoredObject> spilled = memory.SpillTo is { } store ? await store.ListAsync(prefix, cancellationToken).ConfigureAwait(false) : [];
        lock (_lock)
        {
            IEnumerable<StoredObject> here = _entries
                .Where(entry => !entry.Value.Region.IsLost && entry.Key.StartsWith(prefix, StringComparison.Ordinal))
                .Select(entry => entry.Value.Describe(entry.Key));
            return [.. here.Concat(spilled).DistinctBy(one => one.Name).OrderBy(one => one.Name, StringComparer.Ordinal)];
        }
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(name);
        bool isDeleted = false;
        await memory.ChangeNamesAsync(async () => isDeleted = await DeleteInTurnAsync(name, cancellationToken).ConfigureAwait(false), cancellationToken)
            .ConfigureAwait(false);
        return isDeleted;
    }

    /// <inheritdoc/>
    public async Task<bool> CopyAsync(string name, string copy, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(copy);
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

    /// <param name="name">The object.</param>
    /// <param name="version">The only one that counts; null: any.</param>
    /// <param name="isOther">Whether there is one in memory, of another version.</param>
    private RegionStream? OpenHereOrNone(string name, string? version, out bool isOther)
    {
        lock (_lock)
        {
            bool isHere = _entries.TryGetValue(name, out Entry? entry) && !entry.Region.IsLost;
            isOther = isHere && version is not null && entry!.Version != version;
            return isHere && !isOther && entry!.Gate.TryEnter()
                ? new RegionStream(entry.Region, entry.LengthBytes, canWrite: false, entry.Gate.Leave)
                : null;
        }
    }

    private async Task<bool> DeleteInTurnAsync(string name, CancellationToken cancellationToken)
    {
        bool wasHere;
        lock (_lock)
        {
            wasHere = _entries.Remove(name, out Entry? entry) && !entry.Region.IsLost;
            if (entry is not null)
            {
                memory.Unname(entry.Region); // or it would come back when the memory is taken
                entry.Gate.Close();
            }
        }

        bool wasSpilled = memory.SpillTo is { } spilled && await spilled.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        return wasHere || wasSpilled;
    }

    private Task ReplaceAsync(string name, Entry entry)
    {
        lock (_lock)
        {
            memory.Name(entry.Region, name);
            _entries.Remove(name, out Entry? older);
            _entries.Add(name, entry);
            older?.Gate.Close();
        }

        return Task.CompletedTask;
    }

    /// <summary>What was kept under the name before is older, unless it is this very object by now.</summary>
    private async Task DeleteOlderAsync(string name, MemoryRegion region, CancellationToken cancellationToken)
    {
        if (memory.SpillTo is { } spilled && IsStored(name, region) && !region.IsKept)
        {
            await spilled.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsStored(string name, MemoryRegion region)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(name, out Entry? entry) && entry.Region == region;
        }
    }

    /// <summary>One object: its region goes when it is not the store's any more and nobody reads it.</summary>
    private sealed class Entry
    {
        public Entry(MemoryRegion region, long lengthBytes, long number)
        {
            Version = $"put-{number}";
            Region = region;
            Region.ContentBytes = lengthBytes;
            LengthBytes = lengthBytes;
            Gate = new UseGate(() => _ = Task.Run(async () => await Region.DisposeAsync().ConfigureAwait(false)));
        }

        public MemoryRegion Region { get; }

        public long LengthBytes { get; }

        public string Version { get; }

        public UseGate Gate { get; }

        public StoredObject Describe(string name) => new(name, LengthBytes, Version);
    }
}
