using System.Reflection;
using Rowen.Executor.Functions;
using Rowen.Functions;
using Rowen.Protocol.Errors;

namespace Rowen.Executor.Lambdas;

/// <summary>A delegate that arrived with what it captures. All threads of the executor call the same one.</summary>
internal sealed class LambdaFunction(string name, BoundMethod bound, string inputType, string outputType)
    : LoadedFunction(name, "dotnet", inputType, outputType)
{
    public override void Run(FunctionCall call) => bound.Run(call);

    /// <summary>Makes a function of a delegate.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.WrongSignature"/>: it has no form that can be called.</exception>
    public static LambdaFunction Of(string name, Delegate lambda)
    {
        MethodInfo invoke = lambda.GetType().GetMethod("Invoke")!;
        ParameterInfo[] parameters = invoke.GetParameters();
        Type? parameter = parameters.Length == 0 ? null : parameters[0].ParameterType;
        string? fault = parameters.Length > 1 ? $"it has {parameters.Length} parameters. Take one, for example a record or a tuple"
            : FunctionForm.FindFault(invoke.ReturnType, "result", isParameter: false)
                ?? (parameter is null ? null : FunctionForm.FindFault(parameter, "parameter", isParameter: true));
        return fault is null
            ? new LambdaFunction(
                name,
                BoundMethod.Create(invoke.ReturnType, parameter, type => type == lambda.GetType() ? lambda : invoke.CreateDelegate(type, lambda)),
                PayloadForms.NameOf(parameter ?? typeof(Nothing)),
                PayloadForms.NameOf(FunctionForm.ResultOf(invoke.ReturnType)))
            : throw new RowenException(ErrorCode.WrongSignature, $"{name} cannot be called: {fault}.");
    }
}
