using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;

namespace Rowen.S3;

/// <summary>One object on its way up: in one request, or in parts that become visible together.</summary>
/// <param name="client">The server.</param>
/// <param name="bucket">The bucket.</param>
/// <param name="key">Full name in it.</param>
/// <param name="etags">What is known of the store's ETags.</param>
/// <param name="repeat">Sends a request, more than once if need be.</param>
internal sealed class S3Upload(
    IAmazonS3 client, string bucket, string key, S3Etags etags, Func<Func<CancellationToken, Task<object>>, CancellationToken, Task<object>> repeat)
{
    /// <summary>What travels in one request: large beside a round trip, and four of them small beside an executor's memory.</summary>
    public const int PartBytes = 16 << 20;

    /// <summary>Where the SHA-256 of an object is kept that was put in one request.</summary>
    public const string HashKey = "x-amz-meta-rowen-sha256";

    /// <summary>Where the length of parts is kept, of objects whose ETag is made of the MD5s of their parts.</summary>
    public const string PartsKey = "x-amz-meta-rowen-parts";

    /// <summary>Names the upload that made an object, so that whoever never heard the answer can see that it was his.</summary>
    private const string UploadKey = "x-amz-meta-rowen-upload";

    private const int MaxParts = 10_000; // S3's limit
    private const int AtOnce = 4;

    private static readonly TimeSpan AbortPatience = TimeSpan.FromSeconds(10);

    public Task PutAsync(Stream content, long lengthBytes, CancellationToken cancellationToken) =>
        lengthBytes <= PartBytes ? PutWholeAsync(content, (int)lengthBytes, cancellationToken) : PutPartsAsync(content, lengthBytes, cancellationToken);

    private async Task PutWholeAsync(Stream content, int lengthBytes, CancellationToken cancellationToken)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(lengthBytes);
        await content.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        await repeat(
            async token =>
            {
                var request = new PutObjectRequest
                {
                    BucketName = bucket,
                    Key = key,
                    InputStream = new MemoryStream(bytes, writable: false),
                    UseChunkEncoding = false, // several servers store the chunks' signatures as content
                    DisablePayloadSigning = false, // the SHA-256 of the bytes is part of the signature, and so the server checks it
                };
                request.Metadata[HashKey] = sha256;
                return await client.PutObjectAsync(request, token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task PutPartsAsync(Stream content, long lengthBytes, CancellationToken cancellationToken)
    {
        long partBytes = Math.Max(PartBytes, (lengthBytes + MaxParts - 1) / MaxParts);
        var parts = new PartETag[(lengthBytes + partBytes - 1) / partBytes];
        byte[] first = await ReadAsync(content, partBytes, cancellationToken).ConfigureAwait(false);
        (string upload, string mark) = await BeginAsync(partBytes, cancellationToken).ConfigureAwait(false);
        try
        {
            if (etags.AreMd5 is null)
            {
                await PutPartAsync(upload, 0, first, parts, cancellationToken).ConfigureAwait(false);
                if (!etags.Learn(first, parts[0].ETag))
                {
                    await AbortAsync(upload).ConfigureAwait(false);
                    (upload, mark) = await BeginAsync(partBytes, cancellationToken).ConfigureAwait(false); // says nothing of its parts
                    parts[0] = null!;
                }
            }

            await PutEachAsync(upload, parts, first, content, lengthBytes, partBytes, cancellationToken).ConfigureAwait(false);
            await CompleteAsync(upload, mark, [.. parts], cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await AbortAsync(upload).ConfigureAwait(false);
            throw;
        }
    }

    /// <returns>The upload, and the mark by which its object is known.</returns>
    private async Task<(string Upload, string Mark)> BeginAsync(long partBytes, CancellationToken cancellationToken)
    {
        var start = new InitiateMultipartUploadRequest { BucketName = bucket, Key = key };
        string mark = RandomNumberGenerator.GetHexString(32, lowercase: true);
        start.Metadata[UploadKey] = mark;
        if (etags.AreMd5 != false)
        {
            start.Metadata[PartsKey] = partBytes.ToString(CultureInfo.InvariantCulture);
        }

        var started = (InitiateMultipartUploadResponse)await repeat(
            async token => await client.InitiateMultipartUploadAsync(start, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return (started.UploadId, mark);
    }

    private async Task CompleteAsync(string upload, string mark, List<PartETag> parts, CancellationToken cancellationToken)
    {
        var complete = new CompleteMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = upload, PartETags = parts };
        bool isRepeated = false;
        await repeat(
            async token =>
            {
                bool mayBeDone = isRepeated;
                isRepeated = true;
                await CompleteOnceAsync(complete, mark, mayBeDone, token).ConfigureAwait(false);
                return complete;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An answer may be lost though the server did it; asked again, several say that there is no such upload any more.</summary>
    private async Task CompleteOnceAsync(CompleteMultipartUploadRequest complete, string mark, bool mayBeDone, CancellationToken cancellationToken)
    {
        try
        {
            await client.CompleteMultipartUploadAsync(complete, cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonS3Exception exception) when (mayBeDone && exception.ErrorCode == "NoSuchUpload")
        {
            if (!await IsDoneAsync(mark, cancellationToken).ConfigureAwait(false))
            {
                throw;
            }
        }
    }

    private async Task<bool> IsDoneAsync(string mark, CancellationToken cancellationToken)
    {
        try
        {
            GetObjectMetadataResponse head = await client.GetObjectMetadataAsync(bucket, key, cancellationToken).ConfigureAwait(false);
            return head.Metadata[UploadKey] == mark;
        }
        catch (AmazonS3Exception exception) when (S3Failures.IsMissing(exception))
        {
            return false;
        }
    }

    /// <summary>Puts the parts that are not there yet, a few at a time.</summary>
    private async Task PutEachAsync(
        string upload, PartETag[] parts, byte[] first, Stream content, long lengthBytes, long partBytes, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Queue<Task> underWay = new();
        try
        {
            for (int index = parts[0] is null ? 0 : 1; index < parts.Length; index++)
            {
                if (underWay.Count == AtOnce)
                {
                    await underWay.Dequeue().ConfigureAwait(false);
                }

                byte[] bytes = index == 0 ? first : await ReadAsync(content, Math.Min(partBytes, lengthBytes - (index * partBytes)), cancellationToken).ConfigureAwait(false);
                underWay.Enqueue(PutPartAsync(upload, index, bytes, parts, stopping.Token));
            }

            await Task.WhenAll(underWay).ConfigureAwait(false);
        }
        catch
        {
            await stopping.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(underWay).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // none may go on behind the abort
            throw;
        }
    }

    private static async Task<byte[]> ReadAsync(Stream content, long lengthBytes, CancellationToken cancellationToken)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)lengthBytes);
        await content.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    private async Task PutPartAsync(string upload, int index, byte[] bytes, PartETag[] parts, CancellationToken cancellationToken)
    {
        var put = (UploadPartResponse)await repeat(
            async token =>
            {
                var request = new UploadPartRequest
                {
                    BucketName = bucket,
                    Key = key,
                    UploadId = upload,
                    PartNumber = index + 1,
                    PartSize = bytes.Length,
                    InputStream = new MemoryStream(bytes, writable: false),
                    UseChunkEncoding = false,
                    DisablePayloadSigning = false,
                };
                return await client.UploadPartAsync(request, token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        parts[index] = new PartETag(index + 1, put.ETag);
    }

    /// <summary>As far as it goes: what is not aborted is invisible, and goes with the bucket's rule for unfinished uploads.</summary>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "The first failure is the one that is told.")]
    private async Task AbortAsync(string upload)
    {
        using var bound = new CancellationTokenSource(AbortPatience, TimeProvider.System);
        try
        {
            await client.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = upload }, bound.Token).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // see above
        }
    }
}
