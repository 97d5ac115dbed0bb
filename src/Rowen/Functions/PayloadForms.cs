using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Rowen.Protocol.Errors;

namespace Rowen.Functions;

/// <summary>The forms that payloads have, and which type has which.</summary>
[UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "JSON is the form of last resort; trimmed programs use unmanaged types and bytes.")]
[UnconditionalSuppressMessage("AOT", "IL3050", Justification = "As above.")]
[UnconditionalSuppressMessage("Trimming", "IL2076", Justification = "Structs need no constructor here.")]
[UnconditionalSuppressMessage("Trimming", "IL2060", Justification = "RuntimeHelpers' method has no requirements.")]
[UnconditionalSuppressMessage("AOT", "IL2055", Justification = "As above: element types of arrays are part of the program.")]
internal static class PayloadForms
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { IncludeFields = true };

    public static PayloadForm<T> Choose<T>()
    {
        Type type = typeof(T);
        if (type == typeof(string))
        {
            return (PayloadForm<T>)(object)new Text();
        }

        if (!RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            return new Plain<T>();
        }

        if (type.IsSZArray && IsUnmanaged(type.GetElementType()!))
        {
            return (PayloadForm<T>)Activator.CreateInstance(typeof(PlainArray<>).MakeGenericType(type.GetElementType()!))!;
        }

        if (type.IsGenericType && IsUnmanaged(type.GetGenericArguments()[0]))
        {
            Type element = type.GetGenericArguments()[0];
            Type? form = type.GetGenericTypeDefinition() == typeof(Memory<>) ? typeof(PlainMemory<>)
                : type.GetGenericTypeDefinition() == typeof(ReadOnlyMemory<>) ? typeof(PlainReadOnlyMemory<>)
                : null;
            if (form is not null)
            {
                return (PayloadForm<T>)Activator.CreateInstance(form.MakeGenericType(element))!;
            }
        }

        return new JsonText<T>();
    }

    public static string NameOf(Type type)
    {
        if (type.IsArray)
        {
            return NameOf(type.GetElementType()!) + "[]";
        }

        if (!type.IsGenericType)
        {
            return type.FullName ?? type.Name;
        }

        string name = type.GetGenericTypeDefinition().FullName ?? type.Name;
        return $"{name[..name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(",", type.GetGenericArguments().Select(NameOf))}>";
    }

    private static bool IsUnmanaged(Type type) =>
        !(bool)typeof(RuntimeHelpers).GetMethod(nameof(RuntimeHelpers.IsReferenceOrContainsReferences))!.MakeGenericMethod(type).Invoke(null, null)!;

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
        public override ReadOnlySpan<byte> Encode(TElement[] value) => MemoryMarshal.AsBytes(value.AsSpan());

        public override TElement[] Decode(ReadOnlySpan<byte> payload) => Elements<TElement>(payload).ToArray();
    }

    private sealed class PlainMemory<TElement> : PayloadForm<Memory<TElement>>
        where TElement : struct
    {
        public override ReadOnlySpan<byte> Encode(Memory<TElement> value) => MemoryMarshal.AsBytes(value.Span);

        public override Memory<TElement> Decode(ReadOnlySpan<byte> payload) => Elements<TElement>(payload).ToArray();
    }

    private sealed class PlainReadOnlyMemory<TElement> : PayloadForm<ReadOnlyMemory<TElement>>
        where TElement : struct
    {
        public override ReadOnlySpan<byte> Encode(ReadOnlyMemory<TElement> value) => MemoryMarshal.AsBytes(value.Span);

        public override ReadOnlyMemory<TElement> Decode(ReadOnlySpan<byte> payload) => Elements<TElement>(payload).ToArray();
    }

    private sealed class Text : PayloadForm<string>
    {
        private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

        public override ReadOnlySpan<byte> Encode(string value) => Strict.GetBytes(value);

        public override string Decode(ReadOnlySpan<byte> payload)
        {
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
        public override ReadOnlySpan<byte> Encode(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Json);

        public override T Decode(ReadOnlySpan<byte> payload)
        {
            try
            {
                return JsonSerializer.Deserialize<T>(payload, Json)!;
            }
            catch (JsonException exception)
            {
                throw Malformed(typeof(T), exception.Message);
            }
        }
    }
}
