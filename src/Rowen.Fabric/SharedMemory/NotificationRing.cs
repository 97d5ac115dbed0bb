namespace Rowen.Fabric.SharedMemory;

/// <summary>Notifications on their way in one direction. The reader owns the memory; the writer maps it.</summary>
/// <remarks>
/// <code>
/// offset  size  field       little-endian
///      0     4  Consumed    entries that the reader has taken, modulo 2^32; written now and then
///     64   8·N  entries     low 32 bits: immediate; high 32 bits: number of the entry, from 1
/// </code>
/// An entry is there when it bears the number that the reader expects: no index is shared, nothing to be trusted. A
/// hostile writer can invent immediates on its own connection, which the layer above checks, and nothing else.
/// </remarks>
internal static class NotificationRing
{
    public const ulong EntriesOffset = 64;

    public static ulong SizeBytes(int entryCount) => EntriesOffset + ((ulong)entryCount * sizeof(ulong));
}
