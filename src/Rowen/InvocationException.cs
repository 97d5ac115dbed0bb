using System.Globalization;
using System.Text;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Invocations;

namespace Rowen;

/// <summary>An invocation that did not complete: the function's own exception, or why no result is known.</summary>
public sealed class InvocationException : RowenException
{
    internal InvocationException(ErrorCode code, string message, RemoteFault? fault)
        : this(code, message, fault, [.. (fault?.Inner is null ? [] : fault.Others ?? []).Prepend(fault?.Inner).OfType<RemoteFault>()
            .Select(inner => new InvocationException(code, inner.Message, inner))])
    {
    }

    private InvocationException(ErrorCode code, string message, RemoteFault? fault, InvocationException[] inner)
        : base(code, message, inner.FirstOrDefault())
    {
        RemoteTypeName = fault?.TypeName;
        RemoteMessage = fault?.Message;
        RemoteStackTrace = fault?.StackTrace;
        RemoteInnerExceptions = inner;
    }

    private InvocationException(InvocationException other)
        : base(other.Code, other.Message, other.InnerException)
    {
        RemoteTypeName = other.RemoteTypeName;
        RemoteMessage = other.RemoteMessage;
        RemoteStackTrace = other.RemoteStackTrace;
        RemoteInnerExceptions = other.RemoteInnerExceptions;
        Lease = other.Lease;
        NodeName = other.NodeName;
        LogFolder = other.LogFolder;
    }

    /// <summary>Which of the four outcomes this is; never <see cref="InvocationOutcome.Completed"/>.</summary>
    public InvocationOutcome Outcome => InvocationFailure.OutcomeOf(Code);

    /// <summary>Full name of the exception's type on the executor; null if the function threw nothing.</summary>
    public string? RemoteTypeName { get; }

    /// <summary>The exception's message on the executor.</summary>
    public string? RemoteMessage { get; }

    /// <summary>Where it was thrown, on the executor.</summary>
    public string? RemoteStackTrace { get; }

    /// <summary>What caused it there: of an <see cref="AggregateException"/> all that it held, at most 32 in all; the first is <see cref="Exception.InnerException"/> too.</summary>
    public IReadOnlyList<InvocationException> RemoteInnerExceptions { get; }

    /// <summary>Position of the item in its map, from 0; null if it was no item of a map.</summary>
    public long? Item { get; private init; }

    /// <summary>The lease on which it happened: <c>rowen logs</c> shows what its functions printed. Null if nothing was sent.</summary>
    public LeaseId? Lease { get; internal init; }

    /// <summary>Name of the node; null if nothing was sent.</summary>
    public string? NodeName { get; internal init; }

    /// <summary>
    /// Path, on that node, of what the lease's functions printed: a folder with the files <c>out</c> and <c>err</c>, which come with the first
    /// bytes and stay for a week at most. Null if nothing was sent, or where a function maps within its own executor.
    /// </summary>
    public string? LogFolder { get; internal init; }

    /// <summary>The whole story, with the remote stack, all causes, the item, and how to see what its lease printed.</summary>
    public override string ToString()
    {
        var story = new StringBuilder(base.ToString());
        if (RemoteStackTrace is not null)
        {
            story.Append("\n   --- on the executor ---\n").Append(RemoteStackTrace);
        }

        foreach (InvocationException other in RemoteInnerExceptions.Skip(1))
        {
            story.Append("\n ---> and ").Append(other);
        }

        string[] where =
        [
            .. Item is { } item ? [string.Create(CultureInfo.InvariantCulture, $"item {item}")] : Array.Empty<string>(),
            .. Lease is { } lease ? [$"node {NodeName}", $"rowen logs {lease}{(LogFolder is null ? string.Empty : $" ({LogFolder})")}"] : Array.Empty<string>(),
        ];
        return where.Length == 0 ? story.ToString() : story.Append("\n   --- ").AppendJoin(", ", where).Append(" ---").ToString();
    }

    /// <summary>The same failure of one item of a map; of a call that is no item: null.</summary>
    internal InvocationException OfItem(long? item) => new(this) { Item = item };

    /// <summary>Likewise, of whatever failure: others do not know their items.</summary>
    internal static RowenException OfItem(RowenException error, long? item) => error is InvocationException remote ? remote.OfItem(item) : error;
}
