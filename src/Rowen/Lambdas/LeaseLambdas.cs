using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Rowen.Functions;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Lambdas;
using Rowen.Protocol.Sessions;
using Rowen.Sessions;

namespace Rowen.Lambdas;

/// <summary>The lambdas that one lease's executor knows.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class LeaseLambdas(
    Lease lease, CodePackage? code, Func<CodePackage, CancellationToken, Task> load, StaticWarnings warnings)
{
    private const ulong AnyLength = 1UL << 40;

    /// <summary>Lambdas whose code stays at the executor: as many as a program may well have. Those beyond are copied for each call.</summary>
    private const int MaxCodes = 1_000;

    private readonly Function _binder = new(lease, new FunctionDescription(
        LambdaFunctions.Bind, "bind", "dotnet", FunctionDescription.Bytes, FunctionDescription.Bytes));

    private readonly ConcurrentDictionary<CodePackageId, Task> _loaded = new(
        code is null ? [] : [KeyValuePair.Create(code.Id, Task.CompletedTask)]);

    private readonly ConcurrentDictionary<string, FunctionDescription> _bound = new(StringComparer.Ordinal);
    private readonly ConditionalWeakTable<Delegate, object> _kept = [];
    private readonly ConcurrentDictionary<MethodInfo, object> _codes = new();

    /// <summary>The client's.</summary>
    public ILogger Logger => warnings.Logger;

    /// <summary>A lambda that was bound, by its name.</summary>
    public FunctionDescription? OrNone(string name) => _bound.GetValueOrDefault(name);

    /// <summary>Copies what a delegate captures, and has the executor make a function of it.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.CannotShip"/>; or the executor could not take it.</exception>
    public async Task<Function> BindAsync(Delegate lambda, CancellationToken cancellationToken)
    {
        ReturnedTasks.Refuse(lambda);
        var captured = CapturedLambda.Of(lambda);
        FunctionDescription description = await BindAsync(captured, cancellationToken).ConfigureAwait(false);
        return new Function(lease, description);
    }

    /// <summary>Has the executor make a function of what was captured.</summary>
    /// <param name="lambda">What was captured.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="takesValues">Whether each call brings the values of its closure.</param>
    public async Task<FunctionDescription> BindAsync(CapturedLambda lambda, CancellationToken cancellationToken, bool takesValues = false)
    {
        warnings.Tell(lambda);
        CodePackageId package = await LoadAsync(lambda, cancellationToken).ConfigureAwait(false);
        ValueTask<Reply> pending = _binder.CallAsync(lambda.Bind(package, takesValues), AnyLength, default, continuesInline: false, cancellationToken);
        Reply reply = await pending.ConfigureAwait(false);
        try
        {
            FunctionDescription description = Read(lambda, reply);
            _bound[lambda.Name] = description;
            return description;
        }
        finally
        {
            reply.Release();
        }
    }

    /// <summary>The executor may forget a lambda.</summary>
    public void Release(string name)
    {
        if (_bound.TryRemove(name, out FunctionDescription? description))
        {
            lease.Session.TrySend(SessionMessage.ReleaseLambda, new LambdaRelease(description.Index));
        }
    }

    /// <summary>How a delegate is called whose code the executor has: it captures nothing and was called before, or numbers, texts and arrays of numbers that each call brings.</summary>
    public LambdaCall<TOut>? KnownOrNone<TOut>(Delegate lambda) => _kept.TryGetValue(lambda, out object? kept) ? kept as LambdaCall<TOut>
        : !_codes.IsEmpty && lambda is { HasSingleTarget: true, Target: not null } && _codes.TryGetValue(lambda.Method, out object? code) ? code as LambdaCall<TOut>
        : null;

    /// <summary>Binds for a call; what captures nothing is kept for the next, and so is the code of what captures numbers, texts and arrays of numbers alone.</summary>
    public async Task<LambdaCall<TOut>> BindForCallAsync<TOut>(Delegate lambda, CancellationToken cancellationToken)
    {
        ReturnedTasks.Refuse(lambda);
        var captured = CapturedLambda.Of(lambda);
        if (_codes.Count < MaxCodes && ClosureSlots.OrNone(captured.ClosureFields) is { } slots)
        {
            FunctionDescription bound = await BindAsync(captured, cancellationToken, takesValues: true).ConfigureAwait(false);
            var code = new LambdaCall<TOut>.OfValues(new Function<RawPayload, TOut>(new Function(lease, bound)), slots);
            _ = _codes.TryAdd(lambda.Method, code);
            return code;
        }

        FunctionDescription description = await BindAsync(captured, cancellationToken).ConfigureAwait(false);
        var copy = new LambdaCall<TOut>.OfCopy(new Function<Nothing, TOut>(new Function(lease, description)));
        if (captured.CapturesNothing)
        {
            _kept.AddOrUpdate(lambda, copy);
        }

        return copy;
    }

    /// <summary>Likewise, and holds this thread.</summary>
    [SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "Its caller asked to wait on this thread; nothing below continues on its context.")]
    public LambdaCall<TOut> BindForCall<TOut>(Delegate lambda, CancellationToken cancellationToken) =>
        BindForCallAsync<TOut>(lambda, cancellationToken).GetAwaiter().GetResult();

    /// <summary>The call is over.</summary>
    public void ReleaseUnlessKept<TOut>(Delegate lambda, LambdaCall<TOut> call)
    {
        if (KnownOrNone<TOut>(lambda) != call)
        {
            Release(call.Name);
        }
    }

    private FunctionDescription Read(CapturedLambda lambda, Reply reply)
    {
        var bound = new Function(lease, new FunctionDescription(0, lambda.MethodName, "dotnet", string.Empty, string.Empty));
        if (bound.FailureOrNone(reply) is { } failure)
        {
            throw failure.ToException();
        }

        return ControlMessage.TryRead(reply.Payload, out FunctionDescription description)
            ? description
            : throw new RowenException(ErrorCode.MalformedMessage, $"The executor of {lease.Id} gave no number for {lambda.MethodName}.");
    }

    private async Task<CodePackageId> LoadAsync(CapturedLambda lambda, CancellationToken cancellationToken)
    {
        CodePackage needed = code is not null && lambda.Fits(code) ? code : lambda.MakeCode();
        Task loading = _loaded.GetOrAdd(needed.Id, (_, package) => load(package, CancellationToken.None), needed);
        try
        {
            await loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch when (loading.IsFaulted)
        {
            _loaded.TryRemove(KeyValuePair.Create(needed.Id, loading)); // the next one tries again
            throw;
        }

        return needed.Id;
    }
}
