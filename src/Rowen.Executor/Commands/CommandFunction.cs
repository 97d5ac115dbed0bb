using Rowen.Commands;
using Rowen.Executor.Functions;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;

namespace Rowen.Executor.Commands;

/// <summary>The function that every executor has: runs a program as a child process.</summary>
internal sealed class CommandFunction(CommandHost host)
    : LoadedFunction(CommandOrder.Function.Name, CommandOrder.Function.Kind, CommandOrder.Function.InputType, CommandOrder.Function.OutputType)
{
    [ThreadStatic]
    private static CommandRunner? _runner; // a lane's thread serves one lease

    public override bool IsOurs => true;

    public override unsafe void Run(FunctionCall call)
    {
        if (!ControlMessage.TryRead(call.Input, out CommandOrder order))
        {
            throw new RowenException(ErrorCode.MalformedInput, "The bytes are no command.");
        }

        byte[] report = ControlMessage.Write((_runner ??= new CommandRunner(host)).Run(order));
        report.CopyTo(new Span<byte>((void*)call.Reserve((ulong)report.Length), report.Length));
        call.ResultBytes = (ulong)report.Length;
    }
}
