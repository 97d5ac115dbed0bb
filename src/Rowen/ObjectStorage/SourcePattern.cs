using System.Text;
using System.Text.RegularExpressions;

namespace Rowen.ObjectStorage;

/// <summary>A URI of objects: one, all below a folder or prefix, or those that a pattern fits.</summary>
/// <param name="Store">URI of the store.</param>
/// <param name="Prefix">What the objects' names begin with, for the store's list.</param>
/// <param name="Name">The one object's name; null: there may be several.</param>
/// <param name="Fits">Which names are meant; null: all with the prefix.</param>
internal sealed record SourcePattern(string Store, string Prefix, string? Name, Regex? Fits)
{
    private static readonly char[] Wildcards = ['*', '?', '['];

    /// <exception cref="ArgumentException">It names no objects that a map could read.</exception>
    public static SourcePattern Parse(string uri)
    {
        ArgumentException.ThrowIfNullOrEmpty(uri);
        string scheme = ObjectStoreUri.SchemeOf(uri);
        return scheme switch
        {
            ObjectStoreUri.FileScheme => OfPath(uri.StartsWith("file://", StringComparison.Ordinal) ? uri[7..] : uri[5..]),
            ObjectStoreUri.S3Scheme or ObjectStoreUri.RedisScheme or ObjectStoreUri.SecureRedisScheme => OfAuthority(uri, scheme),
            ObjectStoreUri.MemoryScheme => throw new ArgumentException(
                $"'{uri}' cannot be a source: objects in memory of the cluster are one program's, and its functions run in others. Put them into a store of files, S3 or Redis.", nameof(uri)),
            _ when scheme.Length == 0 || uri[0] is '/' or '.' => OfPath(Path.GetFullPath(uri) + (uri.EndsWith('/') && uri.Length > 1 ? "/" : string.Empty)),
            _ => throw new ArgumentException($"'{uri}' names no objects: it is a path, or begins with file:, s3:, redis: or rediss:.", nameof(uri)),
        };
    }

    /// <summary>Paths are taken as they are, without escapes: a percent sign is one. The store is the folder above the first wildcard.</summary>
    private static SourcePattern OfPath(string path)
    {
        if (!path.StartsWith('/'))
        {
            throw new ArgumentException($"'file:{path}' names no objects: write file:/path, from the root.");
        }

        int wildcard = path.IndexOfAny(Wildcards);
        int slash = path.LastIndexOf('/', wildcard < 0 ? path.Length - 1 : wildcard);
        string folder = slash == 0 ? "/" : path[..slash];
        return OfName(ObjectStoreUri.FileScheme + ":" + Uri.EscapeDataString(folder).Replace("%2F", "/", StringComparison.Ordinal), path[(slash + 1)..]);
    }

    /// <summary>The store is the bucket; of Redis, the first part of the path, which its keys begin with.</summary>
    private static SourcePattern OfAuthority(string uri, string scheme)
    {
        int authority = scheme.Length + 3;
        if (uri.Length <= authority || uri[scheme.Length..authority] != "://" || uri[authority] == '/')
        {
            throw new ArgumentException($"'{uri}' names no objects: write {scheme}://{(scheme == ObjectStoreUri.S3Scheme ? "bucket" : "host:port/prefix")}/name.", nameof(uri));
        }

        int slash = uri.IndexOf('/', authority);
        slash = slash < 0 || scheme == ObjectStoreUri.S3Scheme ? slash : uri.IndexOf('/', slash + 1);
        return slash < 0 ? OfName(uri, string.Empty) : OfName(uri[..slash], uri[(slash + 1)..]);
    }

    private static SourcePattern OfName(string store, string name)
    {
        int wildcard = name.IndexOfAny(Wildcards);
        return wildcard >= 0 ? new SourcePattern(store, name[..wildcard], Name: null, ToRegex(name))
            : new SourcePattern(store, name, name.Length == 0 || name.EndsWith('/') ? null : name, Fits: null);
    }

    /// <summary>As the shell reads patterns: a star stays within its folder, two of them do not.</summary>
    private static Regex ToRegex(string pattern)
    {
        var text = new StringBuilder("^");
        for (int i = 0; i < pattern.Length; i++)
        {
            if (string.CompareOrdinal(pattern, i, "**/", 0, 3) == 0)
            {
                text.Append("(?:.*/)?");
                i += 2;
            }
            else if (string.CompareOrdinal(pattern, i, "**", 0, 2) == 0)
            {
                text.Append(".*");
                i++;
            }
            else if (pattern[i] == '[' && pattern.IndexOf(']', i + 1) is int end && end > i + 1)
            {
                string letters = pattern[(i + 1)..end];
                bool isNot = letters.Length > 1 && letters[0] is '!' or '^';
                text.Append(isNot ? "[^/" : "[").Append(Escape(isNot ? letters[1..] : letters)).Append(']');
                i = end;
            }
            else
            {
                text.Append(pattern[i] switch { '*' => "[^/]*", '?' => "[^/]", _ => Regex.Escape(pattern[i].ToString()) });
            }
        }

        return new Regex(text.Append('$').ToString(), RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant);
    }

    /// <summary>All but the minus of a range.</summary>
    private static string Escape(string letters) =>
        letters.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("^", "\\^", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal);
}
