using Amazon.S3;
using Rowen.ObjectStorage;

namespace Rowen.S3;

/// <summary>Amazon's own client, for what <see cref="IObjectStore"/> does not do: buckets, rights, life cycles. Thread safety: any thread.</summary>
public static class S3Sdk
{
    /// <summary>Makes a client for a store as it is reached by Rowen.</summary>
    /// <param name="store">The store's URI: <c>s3://bucket</c>.</param>
    /// <param name="access">The file that says how stores are reached; null: <c>~/.rowen/stores.json</c>, if it is there.</param>
    /// <returns>A client that the caller disposes.</returns>
    /// <exception cref="ArgumentException">The URI names no bucket.</exception>
    /// <exception cref="IOException">The file is no such file, or not the user's alone.</exception>
    public static AmazonS3Client CreateClient(string store, string? access = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(store);
        _ = S3Address.Parse(store);
        return S3Clients.Create(StoreAccessFile.Find(store, access));
    }
}
