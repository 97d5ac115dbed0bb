using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Protocol.Errors;
using Rowen.Sessions;

namespace Rowen.Native;

/// <summary>Calls whose input is gathered, and whose result is read where it lies. What each export promises stands in bindings/c/rowen.h.</summary>
[SuppressMessage("Design", "CA1031", Justification = "No exception may pass into C: each becomes a code and a sentence.")]
internal static unsafe class CallExports
{
    [UnmanagedCallersOnly(EntryPoint = "rowen_call_open", CallConvs = [typeof(CallConvCdecl)])]
    public static int Open(nint function, nint* call) =>
        ClientExports.Open(call, () => Task.FromResult(new NativeCall(new GatheredCall(Handle.To<Function>(function)))));

    [UnmanagedCallersOnly(EntryPoint = "rowen_call_close", CallConvs = [typeof(CallConvCdecl)])]
    public static int Close(nint call) => ClientExports.Close<NativeCall>(call);

    [UnmanagedCallersOnly(EntryPoint = "rowen_call_start", CallConvs = [typeof(CallConvCdecl)])]
    public static int Start(nint call, BytesOfC* pieces, nuint count, nuint capacity, double deadline)
    {
        if (ForkMark.IsFork)
        {
            return ForkMark.Refuse();
        }

        try
        {
            NativeCall native = Handle.To<NativeCall>(call);
            GatheredCall gathered = native.Gathered;
            InvocationOptions options = InvocationExports.Options(deadline);
            nuint total = 0;
            for (nuint i = 0; i < count; i++)
            {
                total += (nuint)pieces[i].Span.Length;
            }

            gathered.Begin(Bounded(total, gathered), options);
            ulong offset = 0;
            for (nuint i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> piece = pieces[i].Span;
                piece.CopyTo(gathered.Room(offset, piece.Length));
                offset += (ulong)piece.Length;
            }

            native.Send(total, capacity, options);
            return NativeError.Ok;
        }
        catch (Exception exception)
        {
            return NativeError.Fail(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "rowen_call_room", CallConvs = [typeof(CallConvCdecl)])]
    public static int Room(nint call, nuint size, void** room, double deadline)
    {
        if (ForkMark.IsFork)
        {
            return ForkMark.Refuse();
        }

        try
        {
            ArgumentNullException.ThrowIfNull(room);
            *room = null;
            GatheredCall gathered = Handle.To<NativeCall>(call).Gathered;
            gathered.Begin(Bounded(size, gathered), InvocationExports.Options(deadline));
            *room = Unsafe.AsPointer(ref MemoryMarshal.GetReference(gathered.Room(0, (int)size))); // registered memory, which does not move
            return NativeError.Ok;
        }
        catch (Exception exception)
        {
            return NativeError.Fail(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "rowen_call_send", CallConvs = [typeof(CallConvCdecl)])]
    public static int Send(nint call, nuint size, nuint capacity, double deadline)
    {
        if (ForkMark.IsFork)
        {
            return ForkMark.Refuse();
        }

        try
        {
            NativeCall native = Handle.To<NativeCall>(call);
            GatheredCall gathered = native.Gathered;
            if (gathered.RoomBytes is not { } room || size > room)
            {
                throw new ArgumentException($"An input of '{gathered.Name}' of {size} bytes cannot be sent: there is room for {gathered.RoomBytes ?? 0} bytes that were not sent yet. Take it with rowen_call_room.");
            }

            native.Send(size, capacity, InvocationExports.Options(deadline));
            return NativeError.Ok;
        }
        catch (Exception exception)
        {
            return NativeError.Fail(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "rowen_call_wait", CallConvs = [typeof(CallConvCdecl)])]
    public static int Wait(nint call, double timeout, void** result, nuint* resultBytes)
    {
        if (ForkMark.IsFork)
        {
            return ForkMark.Refuse();
        }

        try
        {
            NativeCall native = Handle.To<NativeCall>(call);
            GatheredCall gathered = native.Gathered;
            if (!gathered.IsSent)
            {
                throw new ArgumentException($"No invocation of '{gathered.Name}' is under way. Start one with rowen_call_start or rowen_call_send.");
            }

            if (!gathered.Wait(LeaseOptions.Seconds(timeout, TimeSpan.Zero)))
            {
                return NativeError.Again; // no sentence: that is what waiting is like
            }

            if (gathered.FailureOrNone() is { } failure)
            {
                gathered.End();
                return NativeError.Fail(new InvocationResult(failure));
            }

            ReadOnlySpan<byte> bytes = gathered.Result;
            if ((nuint)bytes.Length > native.Capacity)
            {
                int length = bytes.Length;
                gathered.End();
                throw new RowenException(ErrorCode.ResultTooLarge, $"The result of '{gathered.Name}' has {length} bytes; {native.Capacity} were given as the most.");
            }

            *result = Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes)); // registered memory, which does not move
            *resultBytes = (nuint)bytes.Length;
            return NativeError.Ok;
        }
        catch (Exception exception)
        {
            return NativeError.Fail(exception);
        }
    }

    private static nuint Bounded(nuint size, GatheredCall call) => size <= int.MaxValue ? size
        : throw new RowenException(ErrorCode.InputTooLarge, $"The input of '{call.Name}' has {size} bytes; one invocation takes {int.MaxValue} at most.");
}
