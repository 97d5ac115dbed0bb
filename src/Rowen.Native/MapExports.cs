using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rowen.Native;

/// <summary>Maps over arrays. What each export promises stands in bindings/c/rowen.h.</summary>
[SuppressMessage("Design", "CA1031", Justification = "No exception may pass into C: each becomes a code and a sentence.")]
internal static unsafe class MapExports
{
    [UnmanagedCallersOnly(EntryPoint = "rowen_map", CallConvs = [typeof(CallConvCdecl)])]
    public static int Map(nint client, LeaseOptions* options, byte* function, byte* items, nuint itemBytes, nuint count, byte* results, nuint resultBytes)
    {
        if (ForkMark.IsFork)
        {
            return ForkMark.Refuse();
        }

        try
        {
            var map = new NativeMap(new NativeArray(items, itemBytes, count, "The items"), new NativeArray(results, resultBytes, count, "The results"));
            RowenClient called = Handle.To<RowenClient>(client);
            string name = Text.Read(function, "The function's name");
            LeaseRequest request = LeaseOptions.Read(options, name);
            if (request.Code is not { } code)
            {
                throw new ArgumentException($"rowen_lease_options names no library and no package: where is '{name}'?", nameof(options));
            }

            var mapOptions = new MapOptions { Cores = options->Cores, Lease = request with { Cores = 1, Code = null } };
            Blocking.Wait(map.RunAsync(called, name, code, mapOptions));
            return NativeError.Ok;
        }
        catch (Exception exception)
        {
            return NativeError.Fail(exception);
        }
    }
}
