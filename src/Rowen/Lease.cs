using System.Collections.Concurrent;
using Rowen.Commands;
using Rowen.Functions;
using Rowen.Lambdas;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Sessions;
using Rowen.Sessions;

namespace Rowen;

/// <summary>The right to run functions on some cores of some node, kept alive while this object lives.</summary>
/// <remarks>
/// Thread safety: any thread. The lease may end without the client's doing: <see cref="EndedToken"/> tells, and calls
/// under way end as <see cref="InvocationOutcome.Unknown"/> or <see cref="InvocationOutcome.NotExecuted"/>.
/// </remarks>
public sealed partial class Lease : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, FunctionDescription> _functions = new(StringComparer.Ordinal);
    private readonly Func<ValueTask> _release;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isEnding;

    internal Lease(LeaseView view, ExecutorSession session, Func<ValueTask> release)
    {
        View = view;
        Session = session;
        _release = release;
        EndedToken = session.EndedToken;
    }

    /// <summary>The lease's identifier, as in logs and in <c>rowen leases</c>.</summary>
    public LeaseId Id => View.Id;

    /// <summary>Name of the node.</summary>
    public string NodeName => View.NodeName ?? View.Node.ToString();

    /// <summary>Leased cores; each runs one function at a time.</summary>
    public int Cores => View.Cores;

    /// <summary>Memory of the executor, in bytes.</summary>
    public long MemoryBytes => View.MemoryBytes;

    /// <summary>The fabric provider that invocations go over: <c>shm</c>, <c>tcp</c>.</summary>
    public string Provider => Session.Provider;

    /// <summary>Why faster providers are not used; empty if the fastest is.</summary>
    public string WhyNotFaster => Session.WhyNotFaster;

    /// <summary>Names of the functions that are loaded.</summary>
    public IReadOnlyCollection<string> FunctionNames => [.. _functions.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Cancelled when the lease ends, for whatever reason; before any of its calls ends as lost.</summary>
    public CancellationToken EndedToken { get; }

    /// <summary>Why it ended; null while it lives.</summary>
    public string? EndReason => Session.Ended.IsCompletedSuccessfully ? Session.LossText : null;

    internal LeaseView View { get; }

    internal ExecutorSession Session { get; }

    /// <summary>Whether it can be counted on for a time.</summary>
    internal Func<TimeSpan, bool> Outlasts { get; init; } = static _ => true;

    /// <summary>Whether its node ends within a time.</summary>
    internal Func<TimeSpan, bool> IsTooShort { get; init; } = static _ => false;

    /// <summary>Set before anybody else sees the lease.</summary>
    internal LeaseLambdas Lambdas { get; set; } = null!;

    /// <summary>A function that takes and gives raw bytes.</summary>
    /// <param name="name">Its name in a loaded code package.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.UnknownFunction"/>: no loaded package has it; the message lists what is there.</exception>
    public Function Function(string name) => new(this, Find(name));

    /// <summary>A function with types.</summary>
    /// <typeparam name="TIn">Type of its parameter.</typeparam>
    /// <typeparam name="TOut">Type of its result.</typeparam>
    /// <param name="name">Its name in a loaded code package.</param>
    /// <exception cref="RowenException">
    /// <see cref="ErrorCode.UnknownFunction"/>, or <see cref="ErrorCode.WrongSignature"/>: it has other types.
    /// </exception>
    public Function<TIn, TOut> Function<TIn, TOut>(string name) => new(Function(name));

    /// <summary>A function by its method, so that the compiler checks name and types.</summary>
    /// <typeparam name="TIn">Type of its parameter.</typeparam>
    /// <typeparam name="TOut">Type of its result.</typeparam>
    /// <param name="method">A static method marked <see cref="FunctionAttribute"/>, of a loaded code package.</param>
    /// <exception cref="ArgumentException">It is a lambda, or a method that is not marked: those are sent by <c>BindAsync</c>.</exception>
    /// <exception cref="RowenException">No loaded package has it.</exception>
    public Function<TIn, TOut> Function<TIn, TOut>(Func<TIn, TOut> method) => Function<TIn, TOut>(NameOf(method));

    /// <summary>An asynchronous function by its method; the core that runs it waits for its end.</summary>
    /// <inheritdoc cref="Function{TIn, TOut}(Func{TIn, TOut})" path="/*[not(self::summary)]"/>
    public Function<TIn, TOut> Function<TIn, TOut>(Func<TIn, Task<TOut>> method) => Function<TIn, TOut>(NameOf(method));

    /// <summary>Ends the lease; its cores are free again and metering stops. Calls under way end as lost.</summary>
    /// <returns>A task that ends when the resource manager has heard it, or could not be reached.</returns>
    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        await Session.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the lease likewise, and gives nothing back that other threads may still read or write: that is for <see cref="DisposeAsync"/>.</summary>
    internal async Task EndAsync()
    {
        if (Interlocked.Exchange(ref _isEnding, 1) != 0)
        {
            await _ended.Task.ConfigureAwait(false);
            return;
        }

        try
        {
            Session.Memory?.TellTraffic(); // before the lease is over
            await _release().ConfigureAwait(false);
            await Session.EndAsync().ConfigureAwait(false);
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    internal bool Knows(string name) => _functions.ContainsKey(name);

    internal void Add(PackageFunctions package)
    {
        foreach (FunctionDescription function in package.Functions)
        {
            _functions[function.Name] = function;
        }
    }

    private static string NameOf(Delegate method) => MarkedFunction.NameOrNone(method)
        ?? throw new ArgumentException(
            $"'{MemberNames.Of(method.Method)}' has no name in a code package: it is no static method marked [Function]. Send it: await lease.BindAsync(…).",
            nameof(method));

    private FunctionDescription Find(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name == CommandOrder.Function.Name)
        {
            return CommandOrder.Function; // every executor has it
        }

        return _functions.TryGetValue(name, out FunctionDescription? found) || (found = Lambdas.OrNone(name)) is not null
            ? found
            : throw new RowenException(
                ErrorCode.UnknownFunction,
                $"{Id} has no function '{name}'. It has: {(_functions.IsEmpty ? "none; set LeaseRequest.Code, and mark static methods with [Function]" : string.Join(", ", FunctionNames))}.");
    }
}
