using System.Reflection;
using Rowen.Executor.CodePackages;
using Rowen.Executor.Functions;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Lambdas;
using Rowen.Protocol.Sessions;

namespace Rowen.Executor.Lambdas;

/// <summary>The function that makes functions of lambdas: takes what one captures, gives the number to call it by.</summary>
internal sealed class LambdaBinder(PackageLoader packages, FunctionTable functions)
    : LoadedFunction("bind", "dotnet", FunctionDescription.Bytes, FunctionDescription.Bytes)
{
    public override bool IsOurs => true;

    public override unsafe void Run(FunctionCall call)
    {
        if (!ControlMessage.TryRead(call.Input, out LambdaBinding binding))
        {
            throw NoLambda();
        }

        CodePackageContext? code = binding.Package == default ? null : packages.ContextOf(binding.Package);
        Delegate lambda = GraphReader.Read(binding.Graph, code, out FieldInfo[] closureFields);
        LoadedFunction function = binding.TakesValues ? ClosureFunction.Of(binding.Name, lambda, closureFields) : LambdaFunction.Of(binding.Name, lambda);
        byte[] answer = ControlMessage.Write(functions.Add([function])[0]);
        answer.CopyTo(new Span<byte>((void*)call.Reserve((ulong)answer.Length), answer.Length));
        call.ResultBytes = (ulong)answer.Length;
    }

    private static RowenException NoLambda() => new(ErrorCode.MalformedInput, "These bytes are no lambda.");
}
