using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rowen.Jobs;

/// <summary>The JSON in journals and status files; generated at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    MaxDepth = 16)]
[JsonSerializable(typeof(JobDescription))]
[JsonSerializable(typeof(JobRun))]
[JsonSerializable(typeof(JobTypes))]
[JsonSerializable(typeof(JobLane))]
[JsonSerializable(typeof(JobFault))]
[JsonSerializable(typeof(JobRunEnd))]
[JsonSerializable(typeof(JobStatus))]
[JsonSerializable(typeof(JobRetention))]
internal sealed partial class JobJson : JsonSerializerContext
{
    /// <summary>Reads what a file holds; never throws on what it holds instead.</summary>
    public static bool TryRead<T>(ReadOnlySpan<byte> json, out T message)
        where T : class
    {
        try
        {
            message = (T)JsonSerializer.Deserialize(json, typeof(T), Default)!;
            return message is not null;
        }
        catch (JsonException)
        {
            message = null!;
            return false;
        }
    }

    public static byte[] Write<T>(T message)
        where T : class => JsonSerializer.SerializeToUtf8Bytes(message, typeof(T), Default);
}
