using System.Diagnostics.CodeAnalysis;

namespace Rowen.ObjectStorage.Redis;

/// <summary>A Redis server answered that it will not.</summary>
[SuppressMessage("Design", "CA1064:Exceptions should be public", Justification = "RedisClient turns it into an IOException.")]
internal sealed class RedisRefusalException(string answer) : Exception(answer)
{
    /// <summary>The first word, such as OOM.</summary>
    public string Kind { get; } = answer.Split(' ', 2)[0];
}
