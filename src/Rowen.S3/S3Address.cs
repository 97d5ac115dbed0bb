using System.Buffers;

namespace Rowen.S3;

/// <summary>A bucket, or what is in it below a prefix.</summary>
/// <param name="Bucket">The bucket's name.</param>
/// <param name="Prefix">What keys begin with: empty, or ending in a slash.</param>
internal sealed record S3Address(string Bucket, string Prefix)
{
    private const string Start = "s3://";

    private static readonly SearchValues<char> Letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");

    /// <exception cref="ArgumentException">It is no such URI.</exception>
    public static S3Address Parse(string uri)
    {
        string[] parts = uri.StartsWith(Start, StringComparison.Ordinal) ? uri[Start.Length..].Split('/', 2) : [string.Empty];
        if (parts[0].Length is < 3 or > 63 || parts[0].AsSpan().ContainsAnyExcept(Letters))
        {
            throw new ArgumentException($"'{uri}' names no bucket: write s3://bucket or s3://bucket/prefix. Keys do not belong into a URI.");
        }

        string prefix = parts.Length > 1 ? parts[1].Trim('/') : string.Empty;
        return new S3Address(parts[0], prefix.Length > 0 ? prefix + "/" : prefix);
    }
}
