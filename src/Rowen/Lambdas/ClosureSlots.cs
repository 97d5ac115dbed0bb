using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Protocol.Errors;

namespace Rowen.Lambdas;

/// <summary>
/// The fields of a closure that a lambda reads, where all hold numbers, texts or arrays of numbers: then nothing but its code says which they are, and each call can bring them along.
/// </summary>
/// <remarks>
/// Values lie one after the other: numbers as in memory, texts as 4 bytes length (-1: null) and UTF-16, arrays likewise and as in memory, or as -2 less the number of the field
/// before that holds the same array. Both ends have the fields in the same order, which the graph has that made the function. Thread safety: any thread.
/// </remarks>
internal sealed class ClosureSlots
{
    /// <summary>What a thread keeps for its next call; longer texts pass through memory of their own.</summary>
    private const int MaxKeptBytes = 64 << 10;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_values;

    private readonly (FieldInfo Field, Slot Slot)[] _slots;

    private ClosureSlots((FieldInfo Field, Slot Slot)[] slots) => _slots = slots;

    /// <summary>Of fields; null if one of them holds something else.</summary>
    public static ClosureSlots? OrNone(FieldInfo[] fields)
    {
        Slot?[] slots = [.. fields.Select((field, i) => SlotOrNone(field.FieldType, fields[..i]))];
        return slots.Length > 0 && !slots.Contains(null) ? new ClosureSlots([.. fields.Zip(slots, (field, slot) => (field, slot!))]) : null;
    }

    /// <summary>The values of now. They lie in this thread's memory until its next call.</summary>
    public ReadOnlyMemory<byte> Write(object closure)
    {
        ArrayBufferWriter<byte> values = t_values is { Capacity: <= MaxKeptBytes } kept ? kept : t_values = new ArrayBufferWriter<byte>(256);
        values.ResetWrittenCount();
        foreach ((FieldInfo field, Slot slot) in _slots)
        {
            slot.Write(field.GetValue(closure), closure, values);
        }

        return values.WrittenMemory;
    }

    /// <summary>Sets the fields of a closure.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.MalformedInput"/>: the bytes are not such values.</exception>
    public void Read(ReadOnlySpan<byte> values, object closure)
    {
        foreach ((FieldInfo field, Slot slot) in _slots)
        {
            field.SetValue(closure, slot.Read(ref values, closure));
        }

        if (!values.IsEmpty)
        {
            throw Damaged();
        }
    }

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Programs that were compiled ahead of time send no lambdas.")]
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = "The type argument has no requirements.")]
    private static Slot? SlotOrNone(Type type, FieldInfo[] before) => type == typeof(string) ? new TextSlot()
        : PlainBytes.Has(type) ? (Slot)Activator.CreateInstance(typeof(PlainSlot<>).MakeGenericType(type))!
        : type.IsSZArray && PlainBytes.Has(type.GetElementType()!) ? (Slot)Activator.CreateInstance(typeof(ArraySlot<>).MakeGenericType(type.GetElementType()!), new object[] { before })!
        : null;

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> values, int length)
    {
        if ((uint)length > (uint)values.Length)
        {
            throw Damaged();
        }

        ReadOnlySpan<byte> taken = values[..length];
        values = values[length..];
        return taken;
    }

    private static RowenException Damaged() => new(ErrorCode.MalformedInput, "What the lambda captures arrived damaged: its values do not end where they should.");

    private abstract class Slot
    {
        public abstract void Write(object? value, object closure, ArrayBufferWriter<byte> values);

        public abstract object? Read(ref ReadOnlySpan<byte> values, object closure);
    }

    [SuppressMessage("Performance", "CA1812", Justification = "Made by its type.")]
    private sealed class PlainSlot<T> : Slot
    {
        public override void Write(object? value, object closure, ArrayBufferWriter<byte> values)
        {
            Unsafe.WriteUnaligned(ref MemoryMarshal.GetReference(values.GetSpan(Unsafe.SizeOf<T>())), (T)value!);
            values.Advance(Unsafe.SizeOf<T>());
        }

        public override object? Read(ref ReadOnlySpan<byte> values, object closure) =>
            Unsafe.ReadUnaligned<T>(ref MemoryMarshal.GetReference(Take(ref values, Unsafe.SizeOf<T>())));
    }

    private sealed class TextSlot : Slot
    {
        public override void Write(object? value, object closure, ArrayBufferWriter<byte> values)
        {
            string? text = (string?)value;
            int length = text?.Length ?? -1;
            values.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in length)));
            values.Write(MemoryMarshal.AsBytes(text.AsSpan()));
        }

        public override object? Read(ref ReadOnlySpan<byte> values, object closure)
        {
            int length = MemoryMarshal.Read<int>(Take(ref values, sizeof(int)));
            return length == -1 ? null
                : length is >= 0 and <= int.MaxValue / sizeof(char) ? new string(MemoryMarshal.Cast<byte, char>(Take(ref values, sizeof(char) * length)))
                : throw Damaged();
        }
    }

    [SuppressMessage("Performance", "CA1812", Justification = "Made by its type.")]
    private sealed class ArraySlot<T>(FieldInfo[] before) : Slot
    {
        private const int Same = -2;

        /// <summary>Those that may hold the same array, which it must be on arrival, too: the lambda may write into one and read from the other.</summary>
        private readonly FieldInfo[] _before = Array.FindAll(before, field => field.FieldType == typeof(T[]));

        public override void Write(object? value, object closure, ArrayBufferWriter<byte> values)
        {
            int same = value is null ? -1 : Array.FindIndex(_before, field => ReferenceEquals(field.GetValue(closure), value));
            int length = same >= 0 ? Same - same : (value as T[])?.Length ?? -1;
            values.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in length)));
            if (length > 0)
            {
                values.Write(PlainBytes.Of((T[])value!));
            }
        }

        public override object? Read(ref ReadOnlySpan<byte> values, object closure)
        {
            int length = MemoryMarshal.Read<int>(Take(ref values, sizeof(int)));
            return length == -1 ? null
                : length <= Same ? Same - length < _before.Length ? _before[Same - length].GetValue(closure) : throw Damaged()
                : (long)length * Unsafe.SizeOf<T>() <= values.Length ? Copy(Take(ref values, length * Unsafe.SizeOf<T>()), length)
                : throw Damaged();
        }

        private static T[] Copy(ReadOnlySpan<byte> bytes, int length)
        {
            T[] array = new T[length];
            bytes.CopyTo(PlainBytes.Of(array));
            return array;
        }
    }
}
