using Rowen.Protocol.Errors;
using Rowen.Protocol.Sessions;

namespace Rowen.Executor.Functions;

/// <summary>A method marked <c>[Function]</c> that cannot be called; says why, each time.</summary>
/// <remarks>It claims to take bytes, so that every caller gets as far as the reason.</remarks>
internal sealed class UnusableFunction(string name, ErrorCode code, string why)
    : LoadedFunction(name, "unusable", FunctionDescription.Bytes, FunctionDescription.Bytes)
{
    public string Why { get; } = why;

    public override void Run(FunctionCall call) => throw new RowenException(code, Why);
}
