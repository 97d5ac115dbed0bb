using System.Runtime.CompilerServices;
using Rowen.Functions;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Sessions;
using Rowen.Sessions;

namespace Rowen;

/// <summary>A function of a loaded code package with types: unmanaged ones go as they are, others as text or JSON.</summary>
/// <typeparam name="TIn">Type of its parameter.</typeparam>
/// <typeparam name="TOut">Type of its result.</typeparam>
/// <remarks>Thread safety: any thread; calls on one lease run in parallel up to its number of cores.</remarks>
public sealed class Function<TIn, TOut>
{
    /// <summary>Typed functions make their results first and then say how long they are; the lease's memory bounds them.</summary>
    private const ulong AnyLength = 1UL << 40;

    private readonly Function _function;
    private readonly ulong _resultCapacity;

    internal Function(Function function)
    {
        FunctionDescription description = function.Description;
        Require(function, "parameter", description.InputType, PayloadCodec<TIn>.TypeName);
        Require(function, "result", description.OutputType, PayloadCodec<TOut>.TypeName);
        _function = function;
        _resultCapacity = description.OutputType == FunctionDescription.Bytes ? 0 : AnyLength;
    }

    /// <summary>Its name.</summary>
    public string Name => _function.Name;

    internal Function Raw => _function;

    /// <summary>Runs the function and waits on this thread: it polls while the lease is hot, and sleeps when it is not.</summary>
    /// <param name="input">Its argument.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Stops the wait. The function itself may still run to its end.</param>
    /// <returns>Its result.</returns>
    /// <exception cref="InvocationException">It threw, or no result is known.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public TOut Invoke(TIn input, InvocationOptions options = default, CancellationToken cancellationToken = default)
    {
        Reply reply = _function.Call(PayloadCodec<TIn>.Encode(input), _resultCapacity, options, cancellationToken);
        try
        {
            return Decode(reply);
        }
        finally
        {
            reply.Release();
        }
    }

    /// <summary>Runs the function without holding a thread.</summary>
    /// <param name="input">Its argument.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Stops the wait. The function itself may still run to its end.</param>
    /// <returns>Its result. Await it exactly once.</returns>
    /// <exception cref="InvocationException">It threw, or no result is known.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TOut> InvokeAsync(TIn input, InvocationOptions options = default, CancellationToken cancellationToken = default)
    {
        ValueTask<Reply> pending = _function.CallAsync(
            PayloadCodec<TIn>.Encode(input), _resultCapacity, options, continuesInline: false, cancellationToken);
        Reply reply = await pending.ConfigureAwait(false);
        try
        {
            return Decode(reply);
        }
        finally
        {
            reply.Release();
        }
    }

    /// <summary>For maps: starts on one lane if it has a free slot; goes on where the answer was seen.</summary>
    internal bool TryStart(int lane, TIn input, InvocationOptions options, out ValueTask<Reply> pending)
    {
        ReadOnlySpan<byte> bytes = PayloadCodec<TIn>.Encode(input); // before a slot is taken: it may throw
        PendingCall? call = _function.Lease.Session.TakeOrNone(lane);
        pending = call is null
            ? default
            : _function.StartAsync(call, bytes, _resultCapacity, options, continuesInline: true, CancellationToken.None);
        return call is not null;
    }

    /// <summary>Whether several items may go in one invocation.</summary>
    internal bool CanBatch => _function.Description.Kind == "dotnet";

    /// <summary>For maps: starts a batch of items likewise.</summary>
    internal bool TryStartBatch(int lane, ReadOnlySpan<byte> batch, int count, InvocationOptions options, out ValueTask<Reply> pending)
    {
        PendingCall? call = _function.Lease.Session.TakeOrNone(lane);
        pending = call is null ? default : _function.StartBatchAsync(call, batch, count, AnyLength, options);
        return call is not null;
    }

    /// <summary>An item's failure, as an exception to be kept and not thrown.</summary>
    internal InvocationException FailureOf(ErrorCode error, ReadOnlySpan<byte> payload) =>
        InvocationFailure.Of(error, payload, Name, _function.Lease.View).ToException();

    /// <summary>The failure of a whole invocation.</summary>
    internal InvocationException FailureOf(Reply reply) => InvocationFailure.Of(reply, Name, _function.Lease.View).ToException();

    internal TOut Decode(Reply reply) => _function.FailureOrNone(reply) is { } failure
        ? throw failure.ToException()
        : PayloadCodec<TOut>.Decode(reply.Payload);

    private static void Require(Function function, string what, string actual, string wanted)
    {
        if (actual != FunctionDescription.Bytes && wanted != FunctionDescription.Bytes && !string.Equals(actual, wanted, StringComparison.Ordinal))
        {
            throw new RowenException(
                ErrorCode.WrongSignature, $"The {what} of '{function.Name}' on {function.Lease.Id} is {actual}; this program calls it with {wanted}.");
        }
    }
}
