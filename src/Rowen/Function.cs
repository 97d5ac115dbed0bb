using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Rowen.Fabric.Memory;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;
using Rowen.Protocol.Sessions;
using Rowen.Sessions;

namespace Rowen;

/// <summary>A function of a loaded code package, called with raw bytes.</summary>
/// <remarks>Thread safety: any thread; calls on one lease run in parallel up to its number of cores.</remarks>
public sealed class Function
{
    private readonly Lease _lease;

    internal Function(Lease lease, FunctionDescription description)
    {
        _lease = lease;
        Description = description;
    }

    /// <summary>Its name.</summary>
    public string Name => Description.Name;

    /// <summary>
    /// What it takes: <c>bytes</c> (the zero-copy form, and native functions), <c>nothing</c>, or its parameter's full type
    /// name, such as <c>System.Double</c>. Arrays, lists, spans and memory of the same elements have the array's name.
    /// </summary>
    public string InputType => Description.InputType;

    /// <summary>What it gives, named likewise.</summary>
    public string OutputType => Description.OutputType;

    internal FunctionDescription Description { get; }

    internal Lease Lease => _lease;

    /// <summary>Runs the function and waits on this thread: it polls while the lease is hot, and sleeps when it is not.</summary>
    /// <param name="input">Bytes handed to the function. Of any size; beyond the slot's they go by rendezvous.</param>
    /// <param name="output">Receives the result from its first byte. A longer result is <see cref="ErrorCode.ResultTooLarge"/>.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Stops the wait. The function itself may still run to its end.</param>
    /// <returns>The outcome, with the number of result bytes. Does not allocate unless it failed.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    /// <exception cref="InvocationException">No slot became free before the deadline: nothing was sent.</exception>
    public InvocationResult Invoke(
        ReadOnlySpan<byte> input, Span<byte> output, InvocationOptions options = default, CancellationToken cancellationToken = default)
    {
        return End(Start(input, (ulong)output.Length, options, cancellationToken), output);
    }

    /// <summary>Starts the function and returns at once; the same thread ends it later. For several in flight.</summary>
    /// <param name="input">Bytes handed to the function; copied before the call returns.</param>
    /// <param name="resultCapacity">Most result bytes that <see cref="StartedInvocation.End"/> will have room for.</param>
    /// <param name="started">The invocation; end it exactly once.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Stops the wait. The function itself may still run to its end.</param>
    /// <returns>False if every slot of every lane is taken: end something first.</returns>
    public bool TryStart(
        ReadOnlySpan<byte> input,
        ulong resultCapacity,
        out StartedInvocation started,
        InvocationOptions options = default,
        CancellationToken cancellationToken = default)
    {
        PendingCall? call = IsPlain(input, options, cancellationToken)
            ? _lease.Session.StartOrNone(Description.Index, input, resultCapacity)
            : _lease.Session.TakeOrNone() is { } taken ? Start(taken, input, resultCapacity, DeadlineAt(options), options, cancellationToken)
            : null;
        started = call is null ? default : new StartedInvocation(this, call);
        return call is not null;
    }

    /// <summary>Runs the function without holding a thread.</summary>
    /// <param name="input">Bytes handed to the function; copied before the call returns.</param>
    /// <param name="output">Receives the result from its first byte; must stay untouched until completion.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Stops the wait. The function itself may still run to its end.</param>
    /// <returns>The outcome. Await it exactly once. Does not allocate when the executor is hot.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<InvocationResult> InvokeAsync(
        ReadOnlyMemory<byte> input, Memory<byte> output, InvocationOptions options = default, CancellationToken cancellationToken = default)
    {
        Reply reply = await CallAsync(input.Span, (ulong)output.Length, options, continuesInline: false, cancellationToken).ConfigureAwait(false);
        return FinishAndRelease(reply, output.Span);
    }

    /// <summary>Runs the function on an input of more than 2 GiB, or in several pieces of memory.</summary>
    /// <param name="input">Bytes handed to the function; copied before the call returns. Beyond 2 GiB for native functions only.</param>
    /// <param name="output">Receives the result.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Stops the wait. The function itself may still run to its end.</param>
    /// <returns>The outcome.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async ValueTask<InvocationResult> InvokeAsync(
        ReadOnlySequence<byte> input, Memory<byte> output, InvocationOptions options = default, CancellationToken cancellationToken = default)
    {
        long deadlineAt = DeadlineAt(options);
        PendingCall call = await _lease.Session.TakeAsync(deadlineAt, cancellationToken).ConfigureAwait(false) ?? throw NoSlotInTime();
        Begin(call, (ulong)output.Length, deadlineAt, isAsync: true, continuesInline: false, cancellationToken);
        ValueTask<Reply> pending;
        try
        {
            RegisteredMemory memory = ReserveInput(call, (ulong)input.Length);
            CopyTo(input, memory);
            pending = new ValueTask<Reply>(call, call.Token);
            call.Lane.Send(call, Description.Index, (ulong)input.Length, memory.Descriptor, DeadlineMs(options));
        }
        catch
        {
            call.Abandon();
            throw;
        }

        return FinishAndRelease(await pending.ConfigureAwait(false), output.Span);
    }

    internal Reply Call(ReadOnlySpan<byte> input, ulong resultCapacity, InvocationOptions options, CancellationToken cancellationToken)
    {
        PendingCall call = Start(input, resultCapacity, options, cancellationToken);
        call.Lane.Await(call);
        return new Reply(call);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal InvocationResult End(PendingCall call, Span<byte> output)
    {
        if (call.Lane.TryFinish(call, output, LaneWaiter.PollsBetweenClocks) is >= 0 and long length)
        {
            return new InvocationResult(length);
        }

        call.Lane.Await(call);
        return FinishAndRelease(new Reply(call), output);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private PendingCall Start(ReadOnlySpan<byte> input, ulong resultCapacity, InvocationOptions options, CancellationToken cancellationToken)
    {
        PendingCall? call = IsPlain(input, options, cancellationToken)
            ? _lease.Session.StartOrNone(Description.Index, input, resultCapacity)
            : null;
        return call ?? StartAny(input, resultCapacity, options, cancellationToken);
    }

    /// <summary>By itself: beside a plain call it would take the registers that one needs.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private PendingCall StartAny(ReadOnlySpan<byte> input, ulong resultCapacity, InvocationOptions options, CancellationToken cancellationToken)
    {
        long deadlineAt = DeadlineAt(options);
        PendingCall call = _lease.Session.TakeOrNone() ?? _lease.Session.Take(deadlineAt, cancellationToken) ?? throw NoSlotInTime();
        return Start(call, input, resultCapacity, deadlineAt, options, cancellationToken);
    }

    /// <summary>Takes a slot and nothing else: <see cref="Send"/> follows, or <see cref="PendingCall.Abandon"/>.</summary>
    internal PendingCall Take(InvocationOptions options) =>
        _lease.Session.TakeOrNone() ?? _lease.Session.Take(DeadlineAt(options), CancellationToken.None) ?? throw NoSlotInTime();

    /// <summary>Sends an input that lies in the slot that was taken, or in <paramref name="overflow"/>. For synchronous callers.</summary>
    internal void Send(PendingCall call, ulong inputBytes, RemoteBlock overflow, ulong resultCapacity, InvocationOptions options)
    {
        Begin(call, resultCapacity, DeadlineAt(options), isAsync: false, continuesInline: false, CancellationToken.None);
        call.Lane.Send(call, Description.Index, inputBytes, overflow, DeadlineMs(options));
    }

    /// <summary>Room for an input beyond the slot; the slot is free again if there is none.</summary>
    internal RegisteredMemory ReserveOrAbandon(PendingCall call, ulong lengthBytes)
    {
        try
        {
            return ReserveInput(call, lengthBytes);
        }
        catch
        {
            call.Abandon();
            throw;
        }
    }

    internal InvocationResult FinishAndRelease(Reply reply, Span<byte> output)
    {
        try
        {
            return Finish(reply, output);
        }
        finally
        {
            reply.Release();
        }
    }

    internal ValueTask<Reply> CallAsync(
        ReadOnlySpan<byte> input, ulong resultCapacity, InvocationOptions options, bool continuesInline, CancellationToken cancellationToken)
    {
        PendingCall? call = _lease.Session.TakeOrNone();
        return call is null
            ? CallLaterAsync(input.ToArray(), resultCapacity, options, continuesInline, cancellationToken)
            : StartAsync(call, input, resultCapacity, options, continuesInline, cancellationToken);
    }

    internal ValueTask<Reply> StartAsync(
        PendingCall call,
        ReadOnlySpan<byte> input,
        ulong resultCapacity,
        InvocationOptions options,
        bool continuesInline,
        CancellationToken cancellationToken)
    {
        Begin(call, resultCapacity, DeadlineAt(options), isAsync: true, continuesInline, cancellationToken);
        var pending = new ValueTask<Reply>(call, call.Token);
        SendBytes(call, input, options);
        return pending;
    }

    /// <summary>Starts a batch of items; the deadline is each item's, and we wait for all of them together.</summary>
    internal ValueTask<Reply> StartBatchAsync(
        PendingCall call, ReadOnlySpan<byte> batch, int count, ulong resultCapacity, InvocationOptions options)
    {
        long deadlineAt = DeadlineAt(options with { Deadline = options.Deadline * count });
        Begin(call, resultCapacity, deadlineAt, isAsync: true, continuesInline: true, CancellationToken.None);
        var pending = new ValueTask<Reply>(call, call.Token);
        call.Lane.Send(call, Description.Index | ItemBatch.Flag, batch, DeadlineMs(options));
        return pending;
    }

    /// <summary>The outcome as a value; the caller's own cancellation as an exception.</summary>
    internal InvocationFailure? FailureOrNone(Reply reply)
    {
        if (reply.Error == ErrorCode.None)
        {
            return null;
        }

        reply.Call.CancelledBy.ThrowIfCancellationRequested();
        return InvocationFailure.Of(reply, Name, _lease.View);
    }

    private async ValueTask<Reply> CallLaterAsync(
        byte[] input, ulong resultCapacity, InvocationOptions options, bool continuesInline, CancellationToken cancellationToken)
    {
        PendingCall call = await _lease.Session.TakeAsync(DeadlineAt(options), cancellationToken).ConfigureAwait(false) ?? throw NoSlotInTime();
        return await StartAsync(call, input, resultCapacity, options, continuesInline, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Most calls: the input fits into a slot, there is no deadline, and nobody can cancel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsPlain(ReadOnlySpan<byte> input, InvocationOptions options, CancellationToken cancellationToken) =>
        input.Length <= _lease.Session.SlotBytes && options.Deadline == default && !cancellationToken.CanBeCanceled;

    private PendingCall Start(
        PendingCall call, ReadOnlySpan<byte> input, ulong resultCapacity, long deadlineAt, InvocationOptions options, CancellationToken cancellationToken)
    {
        Begin(call, resultCapacity, deadlineAt, isAsync: false, continuesInline: false, cancellationToken);
        SendBytes(call, input, options);
        return call;
    }

    private static void Begin(
        PendingCall call, ulong resultCapacity, long deadlineAt, bool isAsync, bool continuesInline, CancellationToken cancellationToken)
    {
        call.Begin(resultCapacity, deadlineAt, isAsync, continuesInline);
        if (cancellationToken.CanBeCanceled)
        {
            call.CancelWith(cancellationToken);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long DeadlineAt(InvocationOptions options) => options.Deadline == default
        ? long.MaxValue
        : Stopwatch.GetTimestamp() + (long)Math.Min(options.Deadline.TotalSeconds * Stopwatch.Frequency, long.MaxValue / 2);

    private InvocationException NoSlotInTime() => new(
        ErrorCode.NotExecuted,
        $"'{Name}' on {_lease.Id}: every slot of its {_lease.Cores} lanes was taken until the deadline, or until the lease ended; nothing was sent.",
        fault: null);

    private void SendBytes(PendingCall call, ReadOnlySpan<byte> input, InvocationOptions options)
    {
        if (input.Length <= call.Lane.Memory.Layout.SlotBytes)
        {
            call.Lane.Send(call, Description.Index, input, DeadlineMs(options));
            return;
        }

        RegisteredMemory memory = ReserveOrAbandon(call, (ulong)input.Length);
        input.CopyTo(memory.Slice(0, input.Length));
        call.Lane.Send(call, Description.Index, (ulong)input.Length, memory.Descriptor, DeadlineMs(options));
    }

    private RegisteredMemory ReserveInput(PendingCall call, ulong lengthBytes)
    {
        try
        {
            return call.Lane.ReserveInput(call, lengthBytes);
        }
        catch (OutOfMemoryException exception)
        {
            throw new InvocationException(
                ErrorCode.InputTooLarge, $"'{Name}' on {_lease.Id}: this machine has no memory to send {lengthBytes} bytes: {exception.Message}", fault: null);
        }
    }

    private static void CopyTo(ReadOnlySequence<byte> input, RegisteredMemory memory)
    {
        ulong offset = 0;
        foreach (ReadOnlyMemory<byte> piece in input)
        {
            piece.Span.CopyTo(memory.Slice(offset, piece.Length));
            offset += (ulong)piece.Length;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint DeadlineMs(InvocationOptions options) =>
        options.Deadline == default ? 0 : (uint)Math.Clamp(Math.Ceiling(options.Deadline.TotalMilliseconds), 1, uint.MaxValue);

    private InvocationResult Finish(Reply reply, Span<byte> output)
    {
        if (FailureOrNone(reply) is { } failure)
        {
            return new InvocationResult(failure);
        }

        if (reply.PayloadBytes > (ulong)output.Length)
        {
            return new InvocationResult(new InvocationFailure(
                ErrorCode.ResultTooLarge,
                $"'{Name}' on {_lease.Id}: its result has {reply.PayloadBytes} bytes, the output given for it {output.Length}.",
                Fault: null));
        }

        reply.Payload.CopyTo(output);
        return new InvocationResult((long)reply.PayloadBytes);
    }
}
