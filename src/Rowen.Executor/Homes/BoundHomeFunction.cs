using System.Diagnostics.CodeAnalysis;
using Rowen.Executor.Functions;
using Rowen.Executor.Invocations;
using Rowen.Maps;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;

namespace Rowen.Executor.Homes;

/// <summary>A loaded function, called in place of an invocation.</summary>
internal sealed class BoundHomeFunction(LoadedFunction function, ExecutorAssignment assignment) : HomeFunction
{
    private readonly HomeCall _call = new((ulong)assignment.MemoryBytes, (ulong)assignment.SlotBytes);
    private byte[]? _fault;

    public override ReadOnlySpan<byte> Output => _fault ?? _call.Result;

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "User code throws anything; the map is told.")]
    public override ErrorCode Run(ReadOnlySpan<byte> input)
    {
        _fault = null;
        try
        {
            _call.Begin(input);
            function.Run(_call);
            return ErrorCode.None;
        }
        catch (Exception exception)
        {
            _fault = RemoteFaults.Describe(exception);
            return RemoteFaults.CodeOf(exception, function);
        }
    }

    public override void Dispose() => _call.Dispose();
}
