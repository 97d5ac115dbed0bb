using System.Text;

namespace Rowen.ObjectStorage.Redis;

/// <summary>Where a Redis server is, and which part of it is meant.</summary>
/// <param name="Host">Its name or address.</param>
/// <param name="Port">Its port.</param>
/// <param name="IsSecure">Whether over TLS.</param>
/// <param name="Prefix">What its keys begin with.</param>
internal sealed record RedisAddress(string Host, int Port, bool IsSecure, string Prefix)
{
    private const int DefaultPort = 6379;

    /// <exception cref="ArgumentException">It is no such URI.</exception>
    public static RedisAddress Parse(string uri)
    {
        if (!Uri.TryCreate(uri, UriKind.Absolute, out Uri? parsed) || parsed.Host.Length == 0 || parsed.Query.Length > 0 || parsed.Fragment.Length > 0)
        {
            throw Wrong("it is written redis://host:port/prefix");
        }

        if (parsed.UserInfo.Length > 0)
        {
            throw Wrong($"user and password do not belong into a URI, which is shown and kept: put them into {StoreAccessFile.DefaultPath}"); // and not the URI itself
        }

        string prefix = Uri.UnescapeDataString(parsed.AbsolutePath).Trim('/');
        return prefix.AsSpan().IndexOfAny('{', '}') < 0 && Encoding.UTF8.GetByteCount(prefix) <= 512
            ? new RedisAddress(parsed.IdnHost, parsed.Port > 0 ? parsed.Port : DefaultPort, parsed.Scheme == ObjectStoreUri.SecureRedisScheme, prefix.Length > 0 ? prefix : "rowen")
            : throw Wrong("its prefix has a brace or more than 512 bytes");

        static ArgumentException Wrong(string why) => new($"This URI of a Redis store cannot be opened: {why}.");
    }
}
