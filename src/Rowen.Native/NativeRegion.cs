namespace Rowen.Native;

/// <summary>Memory that C leases: one region, and the lease that it is all of.</summary>
internal sealed class NativeRegion : IAsyncDisposable
{
    private readonly RemoteMemory _memory;

    private NativeRegion(RemoteMemory memory, MemoryRegion region)
    {
        _memory = memory;
        Region = region;
    }

    public MemoryRegion Region { get; }

    public static async Task<NativeRegion> LeaseAsync(RowenClient client, ulong size, int nodes)
    {
        if (size is 0 or > long.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "Memory of a lease is 1 byte or more.");
        }

        var request = new MemoryRequest { LengthBytes = (long)size, NodeCount = nodes };
        RemoteMemory memory = await client.LeaseMemoryAsync(request).ConfigureAwait(false);
        try
        {
            return new NativeRegion(memory, await memory.AllocateAsync((long)size).ConfigureAwait(false));
        }
        catch
        {
            await memory.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Region.DisposeAsync().ConfigureAwait(false);
        await _memory.DisposeAsync().ConfigureAwait(false);
    }
}
