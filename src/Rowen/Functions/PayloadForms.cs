using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Sessions;
using Rowen.StoredResults;

namespace Rowen.Functions;

/// <summary>The forms that payloads have, and which type has which.</summary>
[UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "JSON is the form of last resort; trimmed programs use unmanaged types and bytes.")]
[UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
[UnconditionalSuppressMessage("Trimming", "IL2076", Justification = "Structs need no constructor here.")]
[UnconditionalSuppressMessage("Trimming", "IL2067", Justification = "The forms below are made here alone, with constructors that the linker sees.")]
[UnconditionalSuppressMessage("Trimming", "IL2060", Justification = "RuntimeHelpers' method has no requirements.")]
[UnconditionalSuppressMessage("AOT", "IL2055", Justification = "As above: element types of arrays are part of the program.")]
internal static class PayloadForms
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        IncludeFields = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals | JsonNumberHandling.AllowReadingFromString,
    };

    private static readonly Dictionary<Type, Type> Sequences = new()
    {
        [typeof(Memory<>)] = typeof(PlainMemory<>),
        [typeof(ReadOnlyMemory<>)] = typeof(PlainReadOnlyMemory<>),
        [typeof(List<>)] = typeof(PlainList<>),
    };

    public static PayloadForm<T> Choose<T>()
    {
        Type type = typeof(T);
        if (type == typeof(string))
        {
            return (PayloadForm<T>)(object)new Text();
        }

        if (type == typeof(RawPayload))
        {
            return (PayloadForm<T>)(object)new Raw();
        }

        if (!RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            return new Plain<T>();
        }

        if (typeof(IStored).IsAssignableFrom(type))
        {
            return (PayloadForm<T>)Make(typeof(StoredForm<>), type.GetGenericArguments()[0]);
        }

        return MakeSequenceOrNone(type) is { } sequence ? (PayloadForm<T>)sequence : new JsonText<T>();
    }

    /// <summary>The name by which both ends know a type. Whatever holds the same elements has the same name.</summary>
    public static string NameOf(Type type)
    {
        if (type == typeof(Nothing))
        {
            return "nothing";
        }

        if (type == typeof(RawPayload))
        {
            return FunctionDescription.Bytes;
        }

        if (type.IsArray)
        {
            return $"{NameOf(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }

        if (!type.IsGenericType)
        {
            return type.FullName ?? type.Name;
        }

        Type definition = type.GetGenericTypeDefinition();
        if (ElementOrNone(type, definition) is { } element
            && (Sequences.ContainsKey(definition) || definition == typeof(ReadOnlySpan<>)))
        {
            return $"{NameOf(element)}[]";
        }

        // A type nested in a generic one is Outer`1+Inner: the arguments follow the whole, as in Outer+Inner<Int32>.
        string name = WithoutArity(definition.FullName ?? definition.Name);
        return $"{name}<{string.Join(",", type.GetGenericArguments().Select(NameOf))}>";
    }

    /// <summary>T of a <paramref name="definition"/> of an unmanaged T; else null.</summary>
    public static Type? ElementOrNone(Type type, Type definition)
    {
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != definition || definition.GetGenericArguments().Length != 1)
        {
            return null;
        }

        Type element = type.GetGenericArguments()[0];
        return IsUnmanaged(element) ? element : null;
    }

    private static object? MakeSequenceOrNone(Type type)
    {
        if (type.IsSZArray && IsUnmanaged(type.GetElementType()!))
        {
            return Make(typeof(PlainArray<>), type.GetElementType()!);
        }

        return type.IsGenericType
            && Sequences.TryGetValue(type.GetGenericTypeDefinition(), out Type? form)
            && ElementOrNone(type, type.GetGenericTypeDefinition()) is { } element
            ? Make(form, element)
            : null;
    }

    private static object Make(Type form, Type element) => Activator.CreateInstance(form.MakeGenericType(element))!;

    private static bool IsUnmanaged(Type type) => type.IsPrimitive || type.IsEnum
        || (type.IsValueType && !type.IsByRefLike && !(bool)typeof(RuntimeHelpers)
            .GetMethod(nameof(RuntimeHelpers.IsReferenceOrContainsReferences))!.MakeGenericMethod(type).Invoke(null, null)!);

    private static TSequence Present<TSequence>(TSequence? sequence)
        where TSequence : class => sequence
        ?? throw new RowenException(ErrorCode.MalformedInput, $"A {NameOf(typeof(TSequence))} that is null cannot travel. Send an empty one.");

    private static ReadOnlySpan<byte> Bytes<TElement>(ReadOnlySpan<TElement> elements)
        where TElement : struct => (long)elements.Length * Unsafe.SizeOf<TElement>() <= int.MaxValue
        ? MemoryMarshal.AsBytes(elements)
        : throw new RowenException(
            ErrorCode.InputTooLarge,
            $"{elements.Length} elements of {NameOf(typeof(TElement))} exceed the {int.MaxValue} bytes of a typed payload. Send them in parts.");

    private static string WithoutArity(string name)
    {
        for (int tick = name.IndexOf('`', StringComparison.Ordinal); tick >= 0; tick = name.IndexOf('`', StringComparison.Ordinal))
        {
            int end = tick + 1;
            while (end < name.Length && char.IsAsciiDigit(name[end]))
            {
                end++;
            }

            name = name.Remove(tick, end - tick);
        }

        return name;
    }

    private static RowenException Malformed(Type type, string why) =>
        new(ErrorCode.MalformedInput, $"The bytes are no {NameOf(type)}: {why}.");

    private static ReadOnlySpan<TElement> Elements<TElement>(ReadOnlySpan<byte> payload)
        where TElement : struct => payload.Length % Unsafe.SizeOf<TElement>() == 0
        ? MemoryMarshal.Cast<byte, TElement>(payload)
        : throw Malformed(typeof(TElement[]), $"{payload.Length} bytes are no multiple of {Unsafe.SizeOf<TElement>()}");

    private sealed class Plain<T> : PayloadForm<T>
    {
        public override ReadOnlySpan<byte> Encode(T value) =>
            MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<T, byte>(ref value), Unsafe.SizeOf<T>()).ToArray();

        public override T Decode(ReadOnlySpan<byte> payload) =>
            throw Malformed(typeof(T), $"there are {payload.Length} bytes where {Unsafe.SizeOf<T>()} are needed");
    }

    private sealed class PlainArray<TElement> : PayloadForm<TElement[]>
        where TElement : struct
    {
        public override ReadOnlySpan<byte> Encode(TElement[] value) => Bytes<TElement>(Present(value));

        public override TElement[] Decode(ReadOnlySpan<byte> payload) => Elements<TElement>(payload).ToArray();
    }

    private sealed class PlainMemory<TElement> : PayloadForm<Memory<TElement>>
        where TElement : struct
    {
        public override ReadOnlySpan<byte> Encode(Memory<TElement> value) => Bytes<TElement>(value.Span);

        public override Memory<TElement> Decode(ReadOnlySpan<byte> payload) => Elements<TElement>(payload).ToArray();
    }

    private sealed class PlainReadOnlyMemory<TElement> : PayloadForm<ReadOnlyMemory<TElement>>
        where TElement : struct
    {
        public override ReadOnlySpan<byte> Encode(ReadOnlyMemory<TElement> value) => Bytes(value.Span);

        public override ReadOnlyMemory<TElement> Decode(ReadOnlySpan<byte> payload) => Elements<TElement>(payload).ToArray();
    }

    private sealed class PlainList<TElement> : PayloadForm<List<TElement>>
        where TElement : struct
    {
        public override ReadOnlySpan<byte> Encode(List<TElement> value) => Bytes<TElement>(CollectionsMarshal.AsSpan(Present(value)));

        public override List<TElement> Decode(ReadOnlySpan<byte> payload) => [.. Elements<TElement>(payload)];
    }

    private sealed class Raw : PayloadForm<RawPayload>
    {
        public override ReadOnlySpan<byte> Encode(RawPayload value) => value.Fault is null ? value.Bytes.Span : throw value.Fault;

        public override RawPayload Decode(ReadOnlySpan<byte> payload) => new(payload.ToArray());
    }

    private sealed class Text : PayloadForm<string>
    {
        private const byte NullByte = 0xFF;

        private static readonly byte[] Null = [NullByte];
        private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

        public override ReadOnlySpan<byte> Encode(string value) => value is null ? Null : Strict.GetBytes(value);

        public override string Decode(ReadOnlySpan<byte> payload)
        {
            if (payload is [NullByte])
            {
                return null!;
            }

            try
            {
                return Strict.GetString(payload);
            }
            catch (DecoderFallbackException exception)
            {
                throw Malformed(typeof(string), exception.Message);
            }
        }
    }

    private sealed class JsonText<T> : PayloadForm<T>
    {
        public override ReadOnlySpan<byte> Encode(T value)
        {
            try
            {
                return JsonSerializer.SerializeToUtf8Bytes(value, Json);
            }
            catch (Exception exception) when (exception is NotSupportedException or JsonException or InvalidOperationException)
            {
                throw CannotTravel(exception);
            }
        }

        public override T Decode(ReadOnlySpan<byte> payload)
        {
            try
            {
                return JsonSerializer.Deserialize<T>(payload, Json)!;
            }
            catch (JsonException exception)
            {
                throw Malformed(typeof(T), $"{payload.Length} bytes are not its JSON: {exception.Message}");
            }
            catch (Exception exception) when (exception is NotSupportedException or InvalidOperationException)
            {
                throw CannotTravel(exception);
            }
        }

        private static RowenException CannotTravel(Exception cause) => new(
            ErrorCode.WrongSignature, $"A {NameOf(typeof(T))} cannot travel as JSON: {cause.Message}", cause);
    }
}
