using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Functions;
using Rowen.Protocol.Errors;

namespace Rowen.Native;

/// <summary>Maps over arrays. What each export promises stands in bindings/c/rowen.h.</summary>
internal static unsafe class MapExports
{
    [UnmanagedCallersOnly(EntryPoint = "rowen_map", CallConvs = [typeof(CallConvCdecl)])]
    public static int Map(nint client, LeaseOptions* options, byte* function, byte* items, nuint itemBytes, nuint count, byte* results, nuint resultBytes) => Guard.Run(() =>
    {
        var source = new NativeArray(items, itemBytes, count, "The items");
        var target = new NativeArray(results, resultBytes, count, "The results");
        string name = Text.Read(function, "The function's name");
        foreach (MapResult<RawPayload> result in NativeMap.Run(
            Handle.To<RowenClient>(client), options, name, index => source.MemoryOf(index), (int)count, MapErrors.Stop))
        {
            Copy(result, target.SpanOf(result.Index));
        }

        return NativeError.Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "rowen_map_each", CallConvs = [typeof(CallConvCdecl)])]
    public static int MapEach(
        nint client,
        LeaseOptions* options,
        byte* function,
        BytesOfC* items,
        nuint count,
        delegate* unmanaged[Cdecl]<void*, nuint, int, byte*, nuint, int> onResult,
        void* context) => Guard.Run(() =>
    {
        ArgumentNullException.ThrowIfNull((void*)onResult, nameof(onResult));
        var source = new NativeArray((byte*)items, (nuint)sizeof(BytesOfC), count, "The items");
        string name = Text.Read(function, "The function's name");
        foreach (MapResult<RawPayload> result in NativeMap.Run(
            Handle.To<RowenClient>(client), options, name, index => MemoryMarshal.Read<BytesOfC>(source.SpanOf(index)).Memory, (int)count, MapErrors.Collect))
        {
            if (Tell(onResult, context, result) != 0)
            {
                break;
            }
        }

        return NativeError.Ok;
    });

    private static void Copy(MapResult<RawPayload> result, Span<byte> place)
    {
        ReadOnlySpan<byte> value = result.Value.Bytes.Span;
        if (value.Length > place.Length)
        {
            throw new RowenException(ErrorCode.ResultTooLarge, $"The result of item {result.Index} has {value.Length} bytes; there is room for {place.Length}.");
        }

        value.CopyTo(place);
    }

    private static int Tell(delegate* unmanaged[Cdecl]<void*, nuint, int, byte*, nuint, int> onResult, void* context, MapResult<RawPayload> result)
    {
        if (result.Error is { } error)
        {
            byte[] sentence = System.Text.Encoding.UTF8.GetBytes(error.Message);
            fixed (byte* text = sentence)
            {
                return onResult(context, (nuint)result.Index, (int)error.Code, text, (nuint)sentence.Length);
            }
        }

        ReadOnlySpan<byte> value = result.Value.Bytes.Span;
        fixed (byte* bytes = value)
        {
            return onResult(context, (nuint)result.Index, NativeError.Ok, bytes, (nuint)value.Length);
        }
    }
}
