using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rowen.Native;

/// <summary>Remote memory. What each export promises stands in bindings/c/rowen.h.</summary>
internal static unsafe class MemoryExports
{
    /// <summary>What one span may hold; longer accesses are made of several.</summary>
    private const nuint MaxPiece = 1 << 30;

    [UnmanagedCallersOnly(EntryPoint = "rowen_memory_lease", CallConvs = [typeof(CallConvCdecl)])]
    public static int Lease(nint client, ulong size, int nodes, nint* memory) =>
        ClientExports.Open(memory, () => NativeRegion.LeaseAsync(Handle.To<RowenClient>(client), size, nodes));

    [UnmanagedCallersOnly(EntryPoint = "rowen_memory_release", CallConvs = [typeof(CallConvCdecl)])]
    public static int Release(nint memory) => ClientExports.Close<NativeRegion>(memory);

    [UnmanagedCallersOnly(EntryPoint = "rowen_memory_read", CallConvs = [typeof(CallConvCdecl)])]
    public static int Read(nint memory, ulong offset, byte* target, nuint size) => Access(memory, offset, target, size, isWrite: false);

    [UnmanagedCallersOnly(EntryPoint = "rowen_memory_write", CallConvs = [typeof(CallConvCdecl)])]
    public static int Write(nint memory, ulong offset, byte* source, nuint size) => Access(memory, offset, source, size, isWrite: true);

    private static int Access(nint memory, ulong offset, byte* bytes, nuint size, bool isWrite) => Guard.Run(() =>
    {
        MemoryRegion region = Handle.To<NativeRegion>(memory).Region;
        if (offset > (ulong)region.LengthBytes || size > (ulong)region.LengthBytes - offset || (bytes is null && size > 0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(size), $"{size} bytes at {offset} are not within the {region.LengthBytes} of that memory, or there is NULL for them here.");
        }

        for (nuint done = 0; done < size; done += MaxPiece)
        {
            var piece = new Span<byte>(bytes + done, (int)Math.Min(size - done, MaxPiece));
            Move(region, (long)(offset + done), piece, isWrite);
        }

        return NativeError.Ok;
    });

    private static void Move(MemoryRegion region, long offset, Span<byte> piece, bool isWrite)
    {
        if (isWrite)
        {
            region.Write(offset, piece);
        }
        else
        {
            region.Read(offset, piece);
        }
    }
}
