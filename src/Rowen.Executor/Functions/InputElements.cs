using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Protocol.Errors;

namespace Rowen.Executor.Functions;

/// <summary>Inputs that are arrays of unmanaged elements, read where they lie.</summary>
internal static class InputElements
{
    /// <exception cref="RowenException"><see cref="ErrorCode.MalformedInput"/>: no whole number of elements.</exception>
    public static ReadOnlySpan<T> Of<T>(FunctionCall call)
        where T : unmanaged
    {
        ReadOnlySpan<byte> input = call.Input;
        return input.Length % Unsafe.SizeOf<T>() == 0
            ? MemoryMarshal.Cast<byte, T>(input)
            : throw new RowenException(
                ErrorCode.MalformedInput,
                $"The bytes are no {typeof(T).FullName}[]: {input.Length} bytes are no multiple of {Unsafe.SizeOf<T>()}.");
    }
}
