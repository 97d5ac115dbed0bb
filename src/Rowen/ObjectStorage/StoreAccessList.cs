using System.Text.Json.Serialization;

namespace Rowen.ObjectStorage;

/// <summary>The content of the user's file of stores.</summary>
internal sealed class StoreAccessList
{
    public required IReadOnlyList<StoreAccess> Stores { get; set; }
}

/// <summary>How the file is read: a word that nobody knows is a mistake of whoever wrote it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = System.Text.Json.JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(StoreAccessList))]
internal sealed partial class StoreAccessJson : JsonSerializerContext;
