using Rowen.Functions;
using Rowen.Lambdas;
using Rowen.Protocol.Errors;

namespace Rowen;

/// <content>Lambdas and methods that are sent to the lease's executor.</content>
public sealed partial class Lease
{
    /// <summary>Makes a function of a lambda or any method: what it captures is copied now, once; calls go the way of those by name.</summary>
    /// <typeparam name="TIn">Type of its parameter.</typeparam>
    /// <typeparam name="TOut">Type of its result.</typeparam>
    /// <param name="lambda">
    /// The lambda. Its assembly's folder is sent if this lease's code has not got it. All cores of the lease share the copy.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The function, until the lease ends.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    public async Task<Function<TIn, TOut>> BindAsync<TIn, TOut>(Func<TIn, TOut> lambda, CancellationToken cancellationToken = default) =>
        new(await Lambdas.BindAsync(lambda, cancellationToken).ConfigureAwait(false));

    /// <summary>Makes a function of an asynchronous lambda or method; the core that runs it waits for its end.</summary>
    /// <typeparam name="TIn">Type of its parameter.</typeparam>
    /// <typeparam name="TOut">Type of its result.</typeparam>
    /// <param name="lambda">The lambda; what it captures is copied now.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The function, until the lease ends.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    public async Task<Function<TIn, TOut>> BindAsync<TIn, TOut>(Func<TIn, Task<TOut>> lambda, CancellationToken cancellationToken = default) =>
        new(await Lambdas.BindAsync(lambda, cancellationToken).ConfigureAwait(false));

    /// <summary>Runs a lambda or any method once, and waits on this thread: it polls while the lease is hot, and sleeps when it is not.</summary>
    /// <typeparam name="TOut">Type of its result.</typeparam>
    /// <param name="lambda">
    /// The lambda; what it captures is copied now, and what it changes there does not come back: return it. One that captures
    /// nothing is sent once and kept: later calls go the way of those by name. So is the code of one that captures numbers, texts and arrays of
    /// numbers alone: later calls of the same lambda bring their values along. Any other is sent each time, for which <c>BindAsync</c> is the better way.
    /// </param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Stops the wait. The function itself may still run to its end.</param>
    /// <returns>Its result.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="InvocationException">It threw, or no result is known.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public TOut Invoke<TOut>(Func<TOut> lambda, InvocationOptions options = default, CancellationToken cancellationToken = default) =>
        RunOnce<TOut>(lambda, options, cancellationToken);

    /// <summary>Runs an asynchronous lambda or method once, and waits on this thread; the core waits for its end.</summary>
    /// <inheritdoc cref="Invoke{TOut}(Func{TOut}, InvocationOptions, CancellationToken)" path="/*[not(self::summary)]"/>
    public TOut Invoke<TOut>(Func<Task<TOut>> lambda, InvocationOptions options = default, CancellationToken cancellationToken = default) =>
        RunOnce<TOut>(lambda, options, cancellationToken);

    /// <summary>Runs a lambda or any method once, on one leased core.</summary>
    /// <typeparam name="TOut">Type of its result.</typeparam>
    /// <param name="lambda">The lambda; what it captures is copied now.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Stops the wait. The function itself may still run to its end.</param>
    /// <returns>Its result.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="InvocationException">It threw, or no result is known.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public Task<TOut> InvokeAsync<TOut>(Func<TOut> lambda, InvocationOptions options = default, CancellationToken cancellationToken = default) =>
        RunOnceAsync<TOut>(lambda, options, cancellationToken);

    /// <summary>Runs an asynchronous lambda or method once; the core waits for its end.</summary>
    /// <typeparam name="TOut">Type of its result.</typeparam>
    /// <param name="lambda">The lambda; what it captures is copied now.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Stops the wait. The function itself may still run to its end.</param>
    /// <returns>Its result.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="InvocationException">It threw, or no result is known.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public Task<TOut> InvokeAsync<TOut>(Func<Task<TOut>> lambda, InvocationOptions options = default, CancellationToken cancellationToken = default) =>
        RunOnceAsync<TOut>(lambda, options, cancellationToken);

    /// <summary>Runs a lambda or any method once that gives no result.</summary>
    /// <param name="lambda">The lambda; what it captures is copied now.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Stops the wait. The function itself may still run to its end.</param>
    /// <returns>A task that ends when it has run.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="InvocationException">It threw, or no result is known.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public Task InvokeAsync(Action lambda, InvocationOptions options = default, CancellationToken cancellationToken = default) =>
        RunOnceAsync<Nothing>(lambda, options, cancellationToken);

    /// <summary>Runs an asynchronous lambda or method once that gives no result; the core waits for its end.</summary>
    /// <param name="lambda">The lambda; what it captures is copied now.</param>
    /// <param name="options">Deadline.</param>
    /// <param name="cancellationToken">Stops the wait. The function itself may still run to its end.</param>
    /// <returns>A task that ends when it has run.</returns>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>: it captures what cannot travel. Nothing was sent.</exception>
    /// <exception cref="InvocationException">It threw, or no result is known.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public Task InvokeAsync(Func<Task> lambda, InvocationOptions options = default, CancellationToken cancellationToken = default) =>
        RunOnceAsync<Nothing>(lambda, options, cancellationToken);

    private async Task<TOut> RunOnceAsync<TOut>(Delegate lambda, InvocationOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lambda);
        if (Lambdas.KnownOrNone<TOut>(lambda) is { } known)
        {
            return await known.InvokeAsync(lambda, options, cancellationToken).ConfigureAwait(false);
        }

        LambdaCall<TOut> bound = await Lambdas.BindForCallAsync<TOut>(lambda, cancellationToken).ConfigureAwait(false);
        try
        {
            return await bound.InvokeAsync(lambda, options, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Lambdas.ReleaseUnlessKept(lambda, bound);
        }
    }

    private TOut RunOnce<TOut>(Delegate lambda, InvocationOptions options, CancellationToken cancellationToken)
    {
        if (Lambdas.KnownOrNone<TOut>(lambda) is { } known)
        {
            return known.Invoke(lambda, options, cancellationToken);
        }

        LambdaCall<TOut> bound = Lambdas.BindForCall<TOut>(lambda, cancellationToken);
        try
        {
            return bound.Invoke(lambda, options, cancellationToken);
        }
        finally
        {
            Lambdas.ReleaseUnlessKept(lambda, bound);
        }
    }
}
