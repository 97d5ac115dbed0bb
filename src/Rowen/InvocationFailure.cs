using Rowen.Protocol;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;
using Rowen.Protocol.Leases;
using Rowen.Sessions;

namespace Rowen;

/// <summary>What went wrong with an invocation. Made only when something did.</summary>
internal sealed record InvocationFailure(ErrorCode Code, string Message, RemoteFault? Fault)
{
    public static InvocationOutcome OutcomeOf(ErrorCode code) => code switch
    {
        ErrorCode.None => InvocationOutcome.Completed,
        ErrorCode.FunctionFailed or ErrorCode.OutputOverrun or ErrorCode.ResultTooLarge or ErrorCode.OutOfMemory
            or ErrorCode.MalformedInput => InvocationOutcome.Failed,
        ErrorCode.Unknown or ErrorCode.DeadlineExceeded or ErrorCode.Internal => InvocationOutcome.Unknown,
        _ => InvocationOutcome.NotExecuted,
    };

    public static InvocationFailure Of(Reply reply, string function, LeaseView lease)
    {
        RemoteFault? fault = null;
        if (reply.Call.Why is null)
        {
            fault = ProtocolJson.TryRead(reply.Payload, out RemoteFault told) ? told : null;
        }

        string what = fault is null ? reply.Call.Why ?? "The executor gave no reason." : Describe(fault, reply.Error);
        return new InvocationFailure(
            reply.Error, $"'{function}' on {lease.Id} ({lease.NodeName}): {OutcomeOf(reply.Error)} ({reply.Error}): {what}", fault);
    }

    public InvocationException ToException() => new(Code, Message, Fault);

    private static string Describe(RemoteFault fault, ErrorCode code) =>
        code == ErrorCode.FunctionFailed ? $"{fault.TypeName}: {fault.Message}" : fault.Message;
}
