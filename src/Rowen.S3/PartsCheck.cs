using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using Rowen.ObjectStorage;

namespace Rowen.S3;

/// <summary>By the ETag of an object that was put in parts: the MD5 of the MD5s of its parts, and their count.</summary>
[SuppressMessage("Security", "CA5351", Justification = "Against damage, not against people: it is the checksum that servers of S3 have of parts.")]
internal sealed class PartsCheck : ContentCheck
{
    private readonly IncrementalHash _part = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
    private readonly List<byte> _digests = [];
    private readonly long _partBytes;
    private readonly string _etag;
    private long _left;

    private PartsCheck(long partBytes, string etag)
        : base("MD5 of its parts")
    {
        _partBytes = _left = partBytes;
        _etag = etag;
    }

    /// <summary>A check of an object, if its ETag is of that kind.</summary>
    /// <param name="lengthBytes">Its length.</param>
    /// <param name="partBytes">Length of each part but the last.</param>
    /// <param name="etag">As the server gives it, in quotes.</param>
    /// <returns>Null: the ETag says something else, as that of a copy may.</returns>
    public static PartsCheck? OrNone(long lengthBytes, long partBytes, string etag)
    {
        long count = (lengthBytes + partBytes - 1) / partBytes;
        return etag.EndsWith(string.Create(CultureInfo.InvariantCulture, $"-{count}\""), StringComparison.Ordinal) ? new PartsCheck(partBytes, etag) : null;
    }

    /// <summary>Whether a server's ETag of a part is the MD5 of its bytes. It is not where it encrypts with keys of others.</summary>
    public static bool IsMd5(ReadOnlySpan<byte> part, string etag) => etag.Trim('"').Equals(Convert.ToHexString(MD5.HashData(part)), StringComparison.OrdinalIgnoreCase);

    public override void Add(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            ReadOnlySpan<byte> now = bytes[..(int)Math.Min(bytes.Length, _left)];
            _part.AppendData(now);
            bytes = bytes[now.Length..];
            _left -= now.Length;
            if (_left == 0)
            {
                EndPart();
            }
        }
    }

    public override bool IsRight()
    {
        if (_left < _partBytes)
        {
            EndPart();
        }

        string digest = Convert.ToHexStringLower(MD5.HashData(_digests.ToArray()));
        return _etag.StartsWith($"\"{digest}-", StringComparison.OrdinalIgnoreCase);
    }

    public override void Dispose() => _part.Dispose();

    private void EndPart()
    {
        _digests.AddRange(_part.GetHashAndReset());
        _left = _partBytes;
    }
}
