namespace Rowen.S3;

/// <summary>Whether a store's ETags of parts are their MD5s: learnt from the first part that is put there, and true of all.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class S3Etags
{
    private volatile object? _areMd5;

    /// <summary>Null: nobody knows yet.</summary>
    public bool? AreMd5 => (bool?)_areMd5;

    /// <summary>Looks at a part that was put.</summary>
    /// <returns>Whether its ETag is its MD5.</returns>
    public bool Learn(ReadOnlySpan<byte> part, string etag)
    {
        bool isMd5 = PartsCheck.IsMd5(part, etag);
        _areMd5 = isMd5;
        return isMd5;
    }
}
