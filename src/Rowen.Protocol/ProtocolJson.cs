using System.Text.Json;
using System.Text.Json.Serialization;
using Rowen.Protocol.Audits;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Harvests;
using Rowen.Protocol.Invocations;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Limits;
using Rowen.Protocol.Nodes;
using Rowen.Protocol.Usage;

namespace Rowen.Protocol;

/// <summary>The JSON form of what goes over HTTP, lies in files, or is printed; generated at build time.</summary>
/// <remarks>
/// Properties with a default are <c>set</c>, not <c>init</c>: generated readers give an <c>init</c> property that is
/// missing in the JSON zero or null, whatever its initializer says.
/// </remarks>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    MaxDepth = 16)]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(ClusterFile))]
[JsonSerializable(typeof(ManagerVersion))]
[JsonSerializable(typeof(LeaseAsk))]
[JsonSerializable(typeof(LeaseView))]
[JsonSerializable(typeof(LeaseView[]))]
[JsonSerializable(typeof(ExecutorView))]
[JsonSerializable(typeof(RevokeAsk))]
[JsonSerializable(typeof(NodeJoin))]
[JsonSerializable(typeof(NodeWelcome))]
[JsonSerializable(typeof(NodeOrder))]
[JsonSerializable(typeof(NodeReport))]
[JsonSerializable(typeof(NodeReportAnswer))]
[JsonSerializable(typeof(NodeView[]))]
[JsonSerializable(typeof(NodeTrial))]
[JsonSerializable(typeof(UsageView[]))]
[JsonSerializable(typeof(RemoteFault))]
[JsonSerializable(typeof(HarvestView))]
[JsonSerializable(typeof(FreezeAsk))]
[JsonSerializable(typeof(AuditEntry))]
[JsonSerializable(typeof(LimitsView))]
[JsonSerializable(typeof(AuditEntry[]))]
public sealed partial class ProtocolJson : JsonSerializerContext
{
    /// <summary>Reads a message that a peer sent; never throws on hostile bytes.</summary>
    /// <typeparam name="T">A message of this protocol.</typeparam>
    /// <param name="json">What arrived.</param>
    /// <param name="message">The message, when the bytes are one.</param>
    /// <returns>False if they are not.</returns>
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

    /// <summary>Writes a message.</summary>
    /// <typeparam name="T">A message of this protocol.</typeparam>
    /// <param name="message">The message.</param>
    /// <returns>UTF-8 JSON.</returns>
    public static byte[] Write<T>(T message)
        where T : class => JsonSerializer.SerializeToUtf8Bytes(message, typeof(T), Default);
}
