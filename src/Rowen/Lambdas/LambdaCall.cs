using Rowen.Functions;

namespace Rowen.Lambdas;

/// <summary>How one lease calls a lambda that takes no parameter.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal abstract class LambdaCall<TOut>
{
    /// <summary>What the executor knows it by.</summary>
    public abstract string Name { get; }

    public abstract TOut Invoke(Delegate lambda, InvocationOptions options, CancellationToken cancellationToken);

    public abstract ValueTask<TOut> InvokeAsync(Delegate lambda, InvocationOptions options, CancellationToken cancellationToken);

    /// <summary>One whose copy the executor has: it captures nothing, or is called once.</summary>
    public sealed class OfCopy(Function<Nothing, TOut> function) : LambdaCall<TOut>
    {
        public override string Name => function.Name;

        public override TOut Invoke(Delegate lambda, InvocationOptions options, CancellationToken cancellationToken) =>
            function.Invoke(default, options, cancellationToken);

        public override ValueTask<TOut> InvokeAsync(Delegate lambda, InvocationOptions options, CancellationToken cancellationToken) =>
            function.InvokeAsync(default, options, cancellationToken);
    }

    /// <summary>One whose code the executor has: each call brings the values that its closure has then.</summary>
    public sealed class OfValues(Function<RawPayload, TOut> function, ClosureSlots slots) : LambdaCall<TOut>
    {
        public override string Name => function.Name;

        public override TOut Invoke(Delegate lambda, InvocationOptions options, CancellationToken cancellationToken) =>
            function.Invoke(new RawPayload(slots.Write(lambda.Target!)), options, cancellationToken);

        public override ValueTask<TOut> InvokeAsync(Delegate lambda, InvocationOptions options, CancellationToken cancellationToken) =>
            function.InvokeAsync(new RawPayload(slots.Write(lambda.Target!)), options, cancellationToken);
    }
}
