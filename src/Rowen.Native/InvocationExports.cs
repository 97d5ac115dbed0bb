using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Protocol.Errors;

namespace Rowen.Native;

/// <summary>Invocations. What each export promises stands in bindings/c/rowen.h.</summary>
[SuppressMessage("Design", "CA1031", Justification = "No exception may pass into C: each becomes a code and a sentence.")]
internal static unsafe class InvocationExports
{
    [UnmanagedCallersOnly(EntryPoint = "rowen_invoke", CallConvs = [typeof(CallConvCdecl)])]
    public static int Invoke(nint function, byte* input, nuint inputBytes, byte* output, nuint capacity, nuint* outputBytes, double deadline)
    {
        if (ForkMark.IsFork)
        {
            return ForkMark.Refuse();
        }

        try
        {
            return Call(Handle.To<Function>(function), In(input, inputBytes), Out(output, capacity), deadline, outputBytes);
        }
        catch (Exception exception)
        {
            return NativeError.Fail(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "rowen_submit", CallConvs = [typeof(CallConvCdecl)])]
    public static int Submit(nint function, byte* input, nuint inputBytes, byte* output, nuint capacity, double deadline, nint* request)
    {
        if (ForkMark.IsFork)
        {
            return ForkMark.Refuse();
        }

        try
        {
            ArgumentNullException.ThrowIfNull(request);
            *request = 0;
            int room = Out(output, capacity).Length;
            Function called = Handle.To<Function>(function);
            if (!called.TryStart(In(input, inputBytes), (ulong)room, out StartedInvocation started, Options(deadline)))
            {
                return NativeError.Fail(NativeError.Again, $"'{called.Name}' was not begun: every slot of its lease is taken. Wait for a request first.");
            }

            *request = Handle.Of(new NativeRequest(started, output, room));
            return NativeError.Ok;
        }
        catch (Exception exception)
        {
            return NativeError.Fail(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "rowen_test", CallConvs = [typeof(CallConvCdecl)])]
    public static int Test(nint request, int* isDone)
    {
        if (ForkMark.IsFork)
        {
            return ForkMark.Refuse();
        }

        try
        {
            ArgumentNullException.ThrowIfNull(isDone);
            *isDone = Handle.To<NativeRequest>(request).IsDone ? 1 : 0;
            return NativeError.Ok;
        }
        catch (Exception exception)
        {
            return NativeError.Fail(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "rowen_wait", CallConvs = [typeof(CallConvCdecl)])]
    public static int Wait(nint request, nuint* outputBytes)
    {
        if (ForkMark.IsFork)
        {
            return ForkMark.Refuse();
        }

        try
        {
            NativeRequest ended = Handle.Free<NativeRequest>(request) ?? throw new ArgumentException("The request is NULL.", nameof(request));
            return Tell(ended.End(), outputBytes);
        }
        catch (Exception exception)
        {
            return NativeError.Fail(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "rowen_invoke_or_run", CallConvs = [typeof(CallConvCdecl)])]
    public static int InvokeOrRun(
        nint function,
        delegate* unmanaged[Cdecl]<void*, ulong, void*, ulong*, int> local,
        byte* input,
        nuint inputBytes,
        byte* output,
        nuint capacity,
        nuint* outputBytes,
        int* ranLocally,
        double deadline)
    {
        if (ForkMark.IsFork)
        {
            return ForkMark.Refuse();
        }

        try
        {
            ArgumentNullException.ThrowIfNull((void*)local, nameof(local));
            Function called = Handle.To<Function>(function);
            Span<byte> room = Out(output, capacity);
            InvocationResult result = default;
            bool isLocal = !called.TryStart(In(input, inputBytes), (ulong)room.Length, out StartedInvocation started, Options(deadline));
            if (!isLocal)
            {
                result = started.End(room);
                isLocal = result.Outcome == InvocationOutcome.NotExecuted;
            }

            Write(ranLocally, isLocal ? 1 : 0);
            return isLocal ? Run(local, called.Name, input, inputBytes, output, capacity, outputBytes) : Tell(result, outputBytes);
        }
        catch (Exception exception)
        {
            return NativeError.Fail(exception);
        }
    }

    /// <summary>Outside of the export, where every variable would live in memory for the sake of what catches exceptions.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Call(Function function, ReadOnlySpan<byte> input, Span<byte> output, double deadline, nuint* outputBytes) =>
        Tell(function.Invoke(input, output, Options(deadline)), outputBytes);

    private static int Run(
        delegate* unmanaged[Cdecl]<void*, ulong, void*, ulong*, int> local,
        string name,
        byte* input,
        nuint inputBytes,
        byte* output,
        nuint capacity,
        nuint* outputBytes)
    {
        ulong length = capacity;
        int code = local(input, inputBytes, output, &length);
        if (code == 0 && length <= capacity)
        {
            Write(outputBytes, (nuint)length);
            return NativeError.Ok;
        }

        return code != 0
            ? NativeError.Fail((int)ErrorCode.FunctionFailed, $"'{name}', run on this thread, returned {code}.")
            : NativeError.Fail((int)ErrorCode.ResultTooLarge, $"'{name}', run on this thread: its result has {length} bytes, the output given for it {capacity}.");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Tell(in InvocationResult result, nuint* outputBytes)
    {
        Write(outputBytes, (nuint)result.OutputBytes);
        return result.IsSuccess ? NativeError.Ok : NativeError.Fail(result);
    }

    private static void Write<T>(T* target, T value)
        where T : unmanaged
    {
        if (target is not null)
        {
            *target = value;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ReadOnlySpan<byte> In(byte* input, nuint length) => new(Check(input, length, "The input"), (int)length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Span<byte> Out(byte* output, nuint capacity) => new(Check(output, Math.Min(capacity, int.MaxValue), "The output"), (int)Math.Min(capacity, int.MaxValue));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Check(byte* start, nuint length, string what) => length <= int.MaxValue && (start is not null || length == 0) ? start : throw NoBytes(length, what);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Exception NoBytes(nuint length, string what) => length > int.MaxValue
        ? new RowenException(ErrorCode.InputTooLarge, $"{what} has {length} bytes; one invocation takes {int.MaxValue} at most.")
        : new ArgumentException($"{what} is NULL, and its length {length}.", nameof(length));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static InvocationOptions Options(double deadline) =>
        deadline == 0 ? default : new InvocationOptions { Deadline = LeaseOptions.Seconds(deadline, default) };
}
