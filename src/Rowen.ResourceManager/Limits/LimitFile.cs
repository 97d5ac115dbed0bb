using System.Text.Json.Serialization;

namespace Rowen.ResourceManager.Limits;

/// <summary>The form of a file of limits.</summary>
internal sealed record LimitFile
{
    /// <summary>By name.</summary>
    public Dictionary<string, AccountLimit> Accounts { get; set; } = [];

    /// <summary>Those of single users, by name. They replace those of <see cref="EachUser"/>.</summary>
    public Dictionary<string, OwnerLimit> Users { get; set; } = [];

    /// <summary>Of every user who is not named.</summary>
    public OwnerLimit EachUser { get; set; } = new();
}

/// <summary>Its JSON. A name that is misspelt would be a limit that does not hold: it is refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = System.Text.Json.JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    MaxDepth = 8)]
[JsonSerializable(typeof(LimitFile))]
internal sealed partial class LimitJson : JsonSerializerContext;
