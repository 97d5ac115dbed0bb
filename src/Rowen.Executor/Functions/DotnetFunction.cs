using System.Reflection;
using Rowen.Executor.CodePackages;
using Rowen.Functions;
using Rowen.Protocol.Errors;

namespace Rowen.Executor.Functions;

/// <summary>A .NET method with at most one typed parameter, and any result. Put together at its first run.</summary>
internal sealed class DotnetFunction(string name, MethodInfo method, Type? parameter, string inputType, string outputType)
    : LoadedFunction(name, "dotnet", inputType, outputType)
{
    private BoundMethod? _bound; // two threads may both make one; they are the same

    public override void Run(FunctionCall call) => (_bound ??= BoundMethod.Create(method, parameter)).Run(call);

    /// <summary>Makes a function of a method, or one that says why it cannot be called.</summary>
    public static LoadedFunction Bind(FoundFunction found, Module module)
    {
        try
        {
            var method = (MethodInfo)module.ResolveMethod(found.MethodToken)!;
            return Bind(found, method);
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException or TypeLoadException)
        {
            return new UnusableFunction(
                found.Name,
                ErrorCode.PackageUnusable,
                $"{found.Method} cannot be called, because a type that it needs is missing from the code package: {exception.Message}");
        }
    }

    private static LoadedFunction Bind(FoundFunction found, MethodInfo method)
    {
        ParameterInfo[] parameters = method.GetParameters();
        if (FunctionForm.FindFault(method, parameters) is { } fault)
        {
            return new UnusableFunction(found.Name, ErrorCode.WrongSignature, $"{found.Method} cannot be called: {fault}.");
        }

        if (BytesFunction.Matches(method, parameters))
        {
            return new BytesFunction(found.Name, method);
        }

        Type? parameter = parameters.Length == 0 ? null : parameters[0].ParameterType;
        string inputType = PayloadForms.NameOf(parameter ?? typeof(Nothing));
        return new DotnetFunction(found.Name, method, parameter, inputType, PayloadForms.NameOf(FunctionForm.ResultOf(method)));
    }
}
