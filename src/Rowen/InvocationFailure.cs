using Rowen.Protocol;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;
using Rowen.Protocol.Leases;
using Rowen.Sessions;

namespace Rowen;

/// <summary>What went wrong with an invocation. Made only when something did.</summary>
internal sealed record InvocationFailure(ErrorCode Code, string Message, RemoteFault? Fault)
{
    /// <summary>Where it happened, if it got so far.</summary>
    public LeaseView? Lease { get; init; }

    public static InvocationOutcome OutcomeOf(ErrorCode code) => code switch
    {
        ErrorCode.None => InvocationOutcome.Completed,
        ErrorCode.FunctionFailed or ErrorCode.StoreFailed or ErrorCode.OutputOverrun or ErrorCode.ResultTooLarge or ErrorCode.OutOfMemory
            or ErrorCode.MalformedInput => InvocationOutcome.Failed,
        ErrorCode.Unknown or ErrorCode.DeadlineExceeded or ErrorCode.Internal => InvocationOutcome.Unknown,
        _ => InvocationOutcome.NotExecuted,
    };

    public static InvocationFailure Of(Reply reply, string function, LeaseView lease) => reply.Call.Why is { } why
        ? Of(reply.Error, why, fault: null, function, lease)
        : Of(reply.Error, reply.Payload, function, lease);

    /// <summary>From the bytes that describe it.</summary>
    public static InvocationFailure Of(ErrorCode error, ReadOnlySpan<byte> payload, string function, LeaseView lease)
    {
        RemoteFault? fault = ProtocolJson.TryRead(payload, out RemoteFault told) ? told : null;
        return Of(error, fault is null ? "The executor gave no reason." : Describe(fault, error), fault, function, lease);
    }

    public InvocationException ToException() => new(Code, Message, Fault) { Lease = Lease?.Id, NodeName = Lease?.NodeName, LogFolder = Lease?.LogFolder };

    private static InvocationFailure Of(ErrorCode error, string what, RemoteFault? fault, string function, LeaseView lease) => new(
        error, $"'{function}' on {lease.Id} ({lease.NodeName}): {OutcomeOf(error)} ({error}): {what}", fault)
    { Lease = lease };

    private static string Describe(RemoteFault fault, ErrorCode code) =>
        code is ErrorCode.FunctionFailed or ErrorCode.StoreFailed ? $"{fault.TypeName}: {fault.Message}" : fault.Message;
}
