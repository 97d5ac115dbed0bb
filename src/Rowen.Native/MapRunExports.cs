using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rowen.Native;

/// <summary>Maps whose results are asked for. What each export promises stands in bindings/c/rowen.h.</summary>
[SuppressMessage("Design", "CA1031", Justification = "No exception may pass into C: each becomes a code and a sentence.")]
internal static unsafe class MapRunExports
{
    [UnmanagedCallersOnly(EntryPoint = "rowen_map_start", CallConvs = [typeof(CallConvCdecl)])]
    public static int Start(nint client, LeaseOptions* options, MapLimits* limits, byte* function, BytesOfC* items, nuint count, nint* map)
    {
        int code = ClientExports.Open(map, () => Task.FromResult(new NativeMapRun()));
        if (code != NativeError.Ok)
        {
            return code;
        }

        try
        {
            var source = new NativeArray((byte*)items, (nuint)sizeof(BytesOfC), count, "The items");
            string name = Text.Read(function, "The function's name");
            RowenClient rowen = Handle.To<RowenClient>(client);
            MapOptions read = MapLimits.Read(limits);
            Handle.To<NativeMapRun>(*map).Start(stop => NativeMap.StreamAsync(
                rowen, options, name, index => MemoryMarshal.Read<BytesOfC>(source.SpanOf(index)).Memory, (int)count, read, stop));
            return NativeError.Ok;
        }
        catch (Exception exception)
        {
            _ = ClientExports.Close<NativeMapRun>(*map);
            *map = 0;
            return NativeError.Fail(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "rowen_map_next", CallConvs = [typeof(CallConvCdecl)])]
    public static int Next(nint map, double timeout, MapItemOfC* item)
    {
        if (ForkMark.IsFork)
        {
            return ForkMark.Refuse();
        }

        try
        {
            ArgumentNullException.ThrowIfNull(item);
            return Handle.To<NativeMapRun>(map).Next(LeaseOptions.Seconds(timeout, TimeSpan.Zero), item);
        }
        catch (Exception exception)
        {
            return NativeError.Fail(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "rowen_map_end", CallConvs = [typeof(CallConvCdecl)])]
    public static int End(nint map) => ClientExports.Close<NativeMapRun>(map);
}
