using Microsoft.CodeAnalysis;

namespace Rowen.Analyzers;

/// <summary>Something captured that cannot travel.</summary>
internal sealed class Capture(string path, string typeName, string instead, Location location)
{
    /// <summary>As the client writes it: <c>lambda.client</c>.</summary>
    public string Path => path;

    public string TypeName => typeName;

    /// <summary>What to do instead.</summary>
    public string Instead => instead;

    public Location Location => location;
}
