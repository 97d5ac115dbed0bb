using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.ObjectStorage;

namespace Rowen.Native;

/// <summary>Object stores. What each export promises stands in bindings/c/rowen.h.</summary>
internal static unsafe class StoreExports
{
    [UnmanagedCallersOnly(EntryPoint = "rowen_store_open", CallConvs = [typeof(CallConvCdecl)])]
    public static int Open(nint client, byte* uri, nint* store) => ClientExports.Open(
        store, () => NativeStore.OpenAsync(client == 0 ? null : Handle.To<RowenClient>(client), Text.Read(uri, "The store's URI")));

    [UnmanagedCallersOnly(EntryPoint = "rowen_store_close", CallConvs = [typeof(CallConvCdecl)])]
    public static int Close(nint store) => ClientExports.Close<NativeStore>(store);

    [UnmanagedCallersOnly(EntryPoint = "rowen_store_put", CallConvs = [typeof(CallConvCdecl)])]
    public static int Put(nint store, byte* name, byte* data, nuint size) => Do(store, opened =>
    {
        if ((data is null && size > 0) || size > long.MaxValue)
        {
            throw new ArgumentException($"The object's bytes are NULL, and their number {size}.", nameof(data));
        }

        Blocking.Wait(opened.PutAsync(NameOf(name), size == 0 ? new MemoryStream() : new UnmanagedMemoryStream(data, (long)size)));
        return true;
    });

    [UnmanagedCallersOnly(EntryPoint = "rowen_store_delete", CallConvs = [typeof(CallConvCdecl)])]
    public static int Delete(nint store, byte* name) => Do(store, opened => Blocking.Wait(opened.DeleteAsync(NameOf(name))), () => NameOf(name));

    [UnmanagedCallersOnly(EntryPoint = "rowen_store_copy", CallConvs = [typeof(CallConvCdecl)])]
    public static int Copy(nint store, byte* name, byte* copy) => Do(
        store, opened => Blocking.Wait(opened.CopyAsync(NameOf(name), Text.Read(copy, "The copy's name"))), () => NameOf(name));

    [UnmanagedCallersOnly(EntryPoint = "rowen_store_list", CallConvs = [typeof(CallConvCdecl)])]
    public static int List(nint store, byte* prefix, delegate* unmanaged[Cdecl]<void*, byte*, ulong, byte*, int> onObject, void* context) => Do(store, opened =>
    {
        ArgumentNullException.ThrowIfNull((void*)onObject, nameof(onObject));
        foreach (StoredObject found in Blocking.Wait(opened.ListAsync(Text.OrNull(prefix) ?? string.Empty)))
        {
            var name = (byte*)Marshal.StringToCoTaskMemUTF8(found.Name);
            var version = (byte*)Marshal.StringToCoTaskMemUTF8(found.Version);
            int answer = onObject(context, name, (ulong)found.LengthBytes, version);
            Marshal.FreeCoTaskMem((nint)name);
            Marshal.FreeCoTaskMem((nint)version);
            if (answer != 0)
            {
                break;
            }
        }

        return true;
    });

    [UnmanagedCallersOnly(EntryPoint = "rowen_object_open", CallConvs = [typeof(CallConvCdecl)])]
    public static int OpenObject(nint store, byte* name, nint* found, ulong* size) => Do(
        store,
        opened =>
        {
            ArgumentNullException.ThrowIfNull(found);
            *found = 0;
            if (Blocking.Wait(opened.HeadAsync(NameOf(name))) is not { } there)
            {
                return false;
            }

            if (size is not null)
            {
                *size = (ulong)there.LengthBytes;
            }

            *found = Handle.Of(new NativeObject(opened, there));
            return true;
        },
        () => NameOf(name));

    [UnmanagedCallersOnly(EntryPoint = "rowen_object_read", CallConvs = [typeof(CallConvCdecl)])]
    public static int ReadObject(nint found, ulong offset, byte* target, nuint size) => Guard.Run(() =>
    {
        NativeObject opened = Handle.To<NativeObject>(found);
        if (offset > long.MaxValue || (target is null && size > 0))
        {
            throw new ArgumentException($"{size} bytes at {offset} cannot be read to NULL, or are beyond any object.", nameof(target));
        }

        const int maxPiece = 1 << 30; // what one Memory may hold
        for (nuint done = 0; done < size; done += maxPiece)
        {
            using var piece = new NativeBytes(target + done, (int)Math.Min(size - done, maxPiece));
            Blocking.Wait(opened.ReadAsync((long)(offset + done), piece.Memory));
        }

        return NativeError.Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "rowen_object_close", CallConvs = [typeof(CallConvCdecl)])]
    public static int CloseObject(nint found) => ClientExports.Close<NativeObject>(found);

    private static string NameOf(byte* name) => Text.Read(name, "The object's name");

    private static int Do(nint store, Func<NativeStore, bool> work, Func<string>? nameOf = null) => Guard.Run(
        () => work(Handle.To<NativeStore>(store)) ? NativeError.Ok
            : NativeError.Fail(NativeError.NoObject, $"There is no object '{nameOf?.Invoke()}' in this store."));
}
