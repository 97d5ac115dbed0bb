using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rowen.Lambdas;

/// <summary>The memory of values and arrays without references, whatever their type.</summary>
[UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Arrays of types whose values are at hand.")]
[UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Fields of the program's own types, which are sent as they are.")]
internal static class PlainBytes
{
    private const BindingFlags OwnFields =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly ConcurrentDictionary<Type, bool> Known = new();

    /// <summary>Whether a type's values hold nothing but numbers: neither references nor addresses.</summary>
    public static bool Has(Type type) => type.IsValueType && Known.GetOrAdd(type, static each =>
        each.IsEnum || (each.IsPrimitive && each != typeof(nint) && each != typeof(nuint))
        || (!each.IsPrimitive && Array.TrueForAll(each.GetFields(OwnFields), field => Has(field.FieldType))));

    /// <summary>The memory of an array, all dimensions one after the other.</summary>
    /// <exception cref="OverflowException">It has 2 GiB or more.</exception>
    public static Span<byte> Of(Array array)
    {
        int size = RuntimeHelpers.SizeOf(array.GetType().GetElementType()!.TypeHandle);
        return MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(array), checked((int)(array.LongLength * size)));
    }

    /// <summary>A copy of a value's memory.</summary>
    public static ReadOnlySpan<byte> Of(Type type, object value)
    {
        var one = Array.CreateInstance(type, 1);
        one.SetValue(value, 0);
        return Of(one);
    }

    /// <summary>The value of some memory; null if a value of that type has another length.</summary>
    public static object? ValueOrNone(Type type, ReadOnlySpan<byte> bytes)
    {
        var one = Array.CreateInstance(type, 1);
        Span<byte> memory = Of(one);
        if (memory.Length != bytes.Length)
        {
            return null;
        }

        bytes.CopyTo(memory);
        return one.GetValue(0);
    }
}
