using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Invocations;

namespace Rowen;

/// <summary>An invocation that did not complete: the function's own exception, or why no result is known.</summary>
public sealed class InvocationException : RowenException
{
    internal InvocationException(ErrorCode code, string message, RemoteFault? fault)
        : base(code, message, fault?.Inner is { } inner ? new InvocationException(code, inner.Message, inner) : null)
    {
        RemoteTypeName = fault?.TypeName;
        RemoteMessage = fault?.Message;
        RemoteStackTrace = fault?.StackTrace;
    }

    /// <summary>Which of the four outcomes this is; never <see cref="InvocationOutcome.Completed"/>.</summary>
    public InvocationOutcome Outcome => InvocationFailure.OutcomeOf(Code);

    /// <summary>Full name of the exception's type on the executor; null if the function threw nothing.</summary>
    public string? RemoteTypeName { get; }

    /// <summary>The exception's message on the executor.</summary>
    public string? RemoteMessage { get; }

    /// <summary>Where it was thrown, on the executor.</summary>
    public string? RemoteStackTrace { get; }

    /// <summary>The lease on which it happened: <c>rowen logs</c> shows what its functions printed. Null if nothing was sent.</summary>
    public LeaseId? Lease { get; internal init; }

    /// <summary>Name of the node; null if nothing was sent.</summary>
    public string? NodeName { get; internal init; }

    /// <summary>The whole story, with the remote stack.</summary>
    public override string ToString() => RemoteStackTrace is null
        ? base.ToString()
        : $"{base.ToString()}\n   --- on the executor ---\n{RemoteStackTrace}";
}
