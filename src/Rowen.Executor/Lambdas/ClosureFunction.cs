using System.Reflection;
using Rowen.Executor.Functions;
using Rowen.Functions;
using Rowen.Lambdas;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Sessions;

namespace Rowen.Executor.Lambdas;

/// <summary>A lambda of which only the code stays here: each call brings the values of its closure, and runs on a new one.</summary>
internal sealed class ClosureFunction(string name, BoundMethod bound, string outputType)
    : LoadedFunction(name, "dotnet", FunctionDescription.Bytes, outputType)
{
    public override void Run(FunctionCall call) => bound.Run(call);

    /// <summary>Makes a function of a delegate's code.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="lambda">The delegate, on a closure that serves as a pattern.</param>
    /// <param name="fields">Those of the closure that come with each call.</param>
    /// <exception cref="RowenException"><see cref="ErrorCode.WrongSignature"/>: it has a parameter, or other than numbers, texts and arrays of numbers come.</exception>
    public static ClosureFunction Of(string name, Delegate lambda, FieldInfo[] fields)
    {
        MethodInfo invoke = lambda.GetType().GetMethod("Invoke")!;
        ClosureSlots? slots = lambda.Target is null ? null : ClosureSlots.OrNone(fields);
        string? fault = slots is null || invoke.GetParameters().Length > 0 ? "calls cannot bring what it captures"
            : FunctionForm.FindFault(invoke.ReturnType, "result", isParameter: false);
        return fault is null
            ? new ClosureFunction(name, BoundMethod.OfClosure(invoke.ReturnType, lambda, slots!), PayloadForms.NameOf(FunctionForm.ResultOf(invoke.ReturnType)))
            : throw new RowenException(ErrorCode.WrongSignature, $"{name} cannot be called: {fault}.");
    }
}
