using System.Reflection;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Sessions;

namespace Rowen.Executor.Functions;

/// <summary>The zero-copy form: reads its input and writes its result where they lie. Allocates nothing.</summary>
internal sealed class BytesFunction(string name, MethodInfo method)
    : LoadedFunction(name, "dotnet", FunctionDescription.Bytes, FunctionDescription.Bytes)
{
    private readonly Method _method = method.CreateDelegate<Method>();

    private delegate int Method(ReadOnlySpan<byte> input, Span<byte> output);

    public static bool Matches(MethodInfo method, ParameterInfo[] parameters) => parameters.Length == 2
        && parameters[0].ParameterType == typeof(ReadOnlySpan<byte>)
        && parameters[1].ParameterType == typeof(Span<byte>)
        && method.ReturnType == typeof(int);

    public override unsafe void Run(FunctionCall call)
    {
        ulong capacity = Math.Min(call.ResultCapacity, int.MaxValue);
        var output = new Span<byte>((void*)call.Reserve(capacity), (int)capacity);
        int length = _method(call.Input, output);
        if ((uint)length > capacity)
        {
            throw WrongLength(length, capacity);
        }

        call.ResultBytes = (uint)length;
    }

    private RowenException WrongLength(int length, ulong capacity) => length < 0
        ? new RowenException(
            ErrorCode.FunctionFailed, $"'{Name}' returned {length}, which is no length of a result. Throw an exception instead.")
        : new RowenException(
            ErrorCode.ResultTooLarge, $"'{Name}' says that its result has {length} bytes, but had room for {capacity}.");
}
