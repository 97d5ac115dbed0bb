namespace Rowen.Protocol.Leases;

/// <summary>How the memory of a lease on memory divides: what is lent, and what lending takes.</summary>
public static class MemoryLending
{
    /// <summary>Part of the lease's memory that the process which serves it needs for itself, in bytes.</summary>
    /// <value>
    /// 128 MiB: it holds about 45 MiB over shared memory and TCP, and over libfabric's ofi_rxm 91 MiB before the first access, 84 of them rooms for messages that it
    /// makes at its beginning. With 96 MiB, executors whose memory was all allocated were ended for a few MiB more.
    /// </value>
    public const long OverheadBytes = 128L << 20;

    /// <summary>Pages are the smallest unit that is lent, in bytes.</summary>
    public const long PageBytes = 4096;

    /// <summary>Most blocks that one lease may be divided into: each costs both ends an open file over shared memory.</summary>
    public const int MaxBlockCount = 1024;

    /// <summary>Questions for memory of one lease, to allocate or to free, that its owner may have under way. More are refused.</summary>
    public const int MaxQuestionCount = 64;

    /// <summary>The largest block: its cost is 1 TiB, the most that the fabric registers at once.</summary>
    public const long MaxBlockBytes = (1L << 40) - PageBytes;

    /// <summary>What a block of memory costs of the lease: whole pages, and one page that says whether it is still lent.</summary>
    /// <param name="lengthBytes">Bytes that the owner wants to use; from 1 to <see cref="MaxBlockBytes"/>.</param>
    /// <returns>Bytes of the lease.</returns>
    public static long CostOf(long lengthBytes) => ((lengthBytes + PageBytes - 1) & ~(PageBytes - 1)) + PageBytes;
}
