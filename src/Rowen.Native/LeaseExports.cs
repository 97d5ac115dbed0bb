using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Protocol.Errors;

namespace Rowen.Native;

/// <summary>Leases and their functions. What each export promises stands in bindings/c/rowen.h.</summary>
[SuppressMessage("Design", "CA1031", Justification = "No exception may pass into C: each becomes a code and a sentence.")]
internal static unsafe class LeaseExports
{
    [UnmanagedCallersOnly(EntryPoint = "rowen_lease_options_init", CallConvs = [typeof(CallConvCdecl)])]
    public static void Init(LeaseOptions* options)
    {
        if (options is not null && !ForkMark.IsFork)
        {
            *options = LeaseOptions.Default;
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "rowen_lease_cores", CallConvs = [typeof(CallConvCdecl)])]
    public static int LeaseCores(nint client, LeaseOptions* options, nint* lease) => ClientExports.Open(
        lease, () => NativeLease.OpenAsync(Handle.To<RowenClient>(client), LeaseOptions.Read(options)));

    [UnmanagedCallersOnly(EntryPoint = "rowen_release", CallConvs = [typeof(CallConvCdecl)])]
    public static int Release(nint lease) => ClientExports.Close<NativeLease>(lease);

    [UnmanagedCallersOnly(EntryPoint = "rowen_lease_end", CallConvs = [typeof(CallConvCdecl)])]
    public static int End(nint lease) => Guard.Run(() =>
    {
        Blocking.Wait(Handle.To<NativeLease>(lease).Lease.EndAsync());
        return NativeError.Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "rowen_lease_is_held", CallConvs = [typeof(CallConvCdecl)])]
    public static int IsHeld(nint lease)
    {
        if (ForkMark.IsFork)
        {
            ForkMark.Refuse();
            return 0;
        }

        try
        {
            Lease held = Handle.To<NativeLease>(lease).Lease;
            if (!held.EndedToken.IsCancellationRequested)
            {
                return 1;
            }

            NativeError.Fail((int)ErrorCode.LeaseEnded, held.EndReason ?? $"{held.Id} has ended.");
        }
        catch (Exception exception)
        {
            NativeError.Fail(exception);
        }

        return 0;
    }

    [UnmanagedCallersOnly(EntryPoint = "rowen_lease_provider", CallConvs = [typeof(CallConvCdecl)])]
    public static byte* GetProvider(nint lease) => TextOf(lease, held => held.Provider);

    [UnmanagedCallersOnly(EntryPoint = "rowen_lease_name", CallConvs = [typeof(CallConvCdecl)])]
    public static byte* GetLeaseName(nint lease) => TextOf(lease, held => held.Name);

    [UnmanagedCallersOnly(EntryPoint = "rowen_find", CallConvs = [typeof(CallConvCdecl)])]
    public static int Find(nint lease, byte* name, nint* function) => Guard.Run(() =>
    {
        ArgumentNullException.ThrowIfNull(function);
        *function = 0;
        *function = Handle.To<NativeLease>(lease).Find(Text.Read(name, "The function's name"));
        return NativeError.Ok;
    });

    private static byte* TextOf(nint lease, Func<NativeLease, nint> find)
    {
        try
        {
            return (byte*)find(Handle.To<NativeLease>(lease));
        }
        catch (Exception exception)
        {
            NativeError.Fail(exception);
            return null;
        }
    }
}
