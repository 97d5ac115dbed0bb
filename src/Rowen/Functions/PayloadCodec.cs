using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Protocol.Errors;

namespace Rowen.Functions;

/// <summary>How a type travels as the bytes of a payload. Both ends choose the same form from the same type.</summary>
/// <typeparam name="T">Any unmanaged type, an array of one, string, or what System.Text.Json reads and writes.</typeparam>
/// <remarks>
/// Bytes of unmanaged types are those of memory: both ends run on the same architecture. The forms:
/// <code>
/// Nothing                                                      no bytes
/// unmanaged T                                                  its memory
/// T[], Memory, ReadOnlyMemory, List, spans of an unmanaged T   the elements' memory, one after the other
/// string                                                       UTF-8; null is the one byte FF, which no UTF-8 holds
/// anything else                                                JSON in UTF-8, fields included
/// </code>
/// Thread safety: any thread.
/// </remarks>
internal static class PayloadCodec<T>
{
    private static readonly PayloadForm<T> Form = PayloadForms.Choose<T>();

    /// <summary>The type's name, the same at both ends: full names without assemblies.</summary>
    public static string TypeName { get; } = PayloadForms.NameOf(typeof(T));

    /// <summary>A value's bytes: its own memory where that is possible, else a copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> Encode(in T value)
    {
        if (typeof(T) == typeof(Nothing))
        {
            return default;
        }

        if (!RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            return MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<T, byte>(ref Unsafe.AsRef(in value)), Unsafe.SizeOf<T>());
        }

        return Form.Encode(value);
    }

    /// <summary>The value of some bytes; keeps no reference to them.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.MalformedInput"/>: they are not such a value.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Decode(ReadOnlySpan<byte> payload)
    {
        if (typeof(T) == typeof(Nothing))
        {
            return default!;
        }

        if (!RuntimeHelpers.IsReferenceOrContainsReferences<T>() && payload.Length == Unsafe.SizeOf<T>())
        {
            return Unsafe.ReadUnaligned<T>(ref MemoryMarshal.GetReference(payload));
        }

        return Form.Decode(payload);
    }
}
