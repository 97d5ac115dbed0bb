using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rowen.StoredResults;

/// <summary>Stored results within other payloads, such as arrays and dictionaries of them: their bytes as base64.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "JSON makes it.")]
[UnconditionalSuppressMessage("AOT", "IL3050", Justification = "JSON is the form of last resort; programs that were compiled ahead of time send no lambdas.")]
[UnconditionalSuppressMessage("Trimming", "IL2055", Justification = "The type argument has no requirements.")]
[UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "As above.")]
internal sealed class StoredJson : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Stored<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class Converter<T> : JsonConverter<Stored<T>>
    {
        public override Stored<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out byte[]? bytes)
                ? Stored<T>.Read(bytes)
                : throw new JsonException("It is no stored result.");

        public override void Write(Utf8JsonWriter writer, Stored<T> value, JsonSerializerOptions options) => writer.WriteBase64StringValue(value.Payload);
    }
}
