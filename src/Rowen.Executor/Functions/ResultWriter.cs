using System.Diagnostics.CodeAnalysis;
using Rowen.Functions;
using Rowen.Protocol.Errors;

namespace Rowen.Executor.Functions;

/// <summary>Writes what a method returned as the call's result; of a task, what it ends with.</summary>
internal abstract class ResultWriter<TReturned>
{
    public abstract void Write(TReturned returned, FunctionCall call);

    protected static unsafe void WriteValue<T>(in T value, FunctionCall call)
    {
        ReadOnlySpan<byte> bytes = Encode(value);
        bytes.CopyTo(new Span<byte>((void*)call.Reserve((ulong)bytes.Length), bytes.Length));
        call.ResultBytes = (ulong)bytes.Length;
    }

    private static ReadOnlySpan<byte> Encode<T>(in T value)
    {
        try
        {
            return PayloadCodec<T>.Encode(value);
        }
        catch (RowenException exception) when (exception.Code == ErrorCode.InputTooLarge)
        {
            throw new RowenException(ErrorCode.ResultTooLarge, exception.Message, exception); // here it is the result
        }
    }
}

internal sealed class ValueResult<T> : ResultWriter<T>
{
    public override void Write(T returned, FunctionCall call) => WriteValue(returned, call);
}

[SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "The function thread has nothing else to do.")]
internal sealed class TaskResult<T> : ResultWriter<Task<T>>
{
    public override void Write(Task<T> returned, FunctionCall call) => WriteValue(returned.GetAwaiter().GetResult(), call);
}

[SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "As above.")]
internal sealed class TaskWithoutResult : ResultWriter<Task>
{
    public override void Write(Task returned, FunctionCall call) => returned.GetAwaiter().GetResult();
}

[SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "As above.")]
internal sealed class ValueTaskResult<T> : ResultWriter<ValueTask<T>>
{
    public override void Write(ValueTask<T> returned, FunctionCall call) =>
        WriteValue(returned.AsTask().GetAwaiter().GetResult(), call);
}

[SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "As above.")]
internal sealed class ValueTaskWithoutResult : ResultWriter<ValueTask>
{
    public override void Write(ValueTask returned, FunctionCall call) => returned.AsTask().GetAwaiter().GetResult();
}
