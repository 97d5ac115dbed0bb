using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;

namespace Rowen.S3;

/// <summary>One object on its way up: in one request, or in parts that become visible together.</summary>
internal sealed class S3Upload(IAmazonS3 client, string bucket, string key, Func<Func<CancellationToken, Task<object>>, CancellationToken, Task<object>> repeat)
{
    /// <summary>What travels in one request: large beside a round trip, and four of them small beside an executor's memory.</summary>
    public const int PartBytes = 16 << 20;

    /// <summary>Where the SHA-256 of an object is kept that was put in one request.</summary>
    public const string HashKey = "x-amz-meta-rowen-sha256";

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
        var start = new InitiateMultipartUploadRequest { BucketName = bucket, Key = key };
        string mark = RandomNumberGenerator.GetHexString(32, lowercase: true);
        start.Metadata[UploadKey] = mark;
        var started = (InitiateMultipartUploadResponse)await repeat(
            async token => await client.InitiateMultipartUploadAsync(start, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        try
        {
            List<PartETag> parts = await PutEachAsync(started.UploadId, content, lengthBytes, cancellationToken).ConfigureAwait(false);
            var complete = new CompleteMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = started.UploadId, PartETags = parts };
            bool isRepeated = false;
            await repeat(
                async token =>
                {
                    bool mayBeDone = isRepeated;
                    isRepeated = true;
                    await CompleteAsync(complete, mark, mayBeDone, token).ConfigureAwait(false);
                    return complete;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await AbortAsync(started.UploadId).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>An answer may be lost though the server did it; asked again, several say that there is no such upload any more.</summary>
    private async Task CompleteAsync(CompleteMultipartUploadRequest complete, string mark, bool mayBeDone, CancellationToken cancellationToken)
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

    private async Task<List<PartETag>> PutEachAsync(string upload, Stream content, long lengthBytes, CancellationToken cancellationToken)
    {
        long partBytes = Math.Max(PartBytes, (lengthBytes + MaxParts - 1) / MaxParts);
        int count = (int)((lengthBytes + partBytes - 1) / partBytes);
        var etags = new PartETag[count];
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Queue<Task> underWay = new();
        try
        {
            for (int index = 0; index < count; index++)
            {
                if (underWay.Count == AtOnce)
                {
                    await underWay.Dequeue().ConfigureAwait(false);
                }

                byte[] bytes = GC.AllocateUninitializedArray<byte>((int)Math.Min(partBytes, lengthBytes - (index * partBytes)));
                await content.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
                underWay.Enqueue(PutPartAsync(upload, index, bytes, etags, stopping.Token));
            }

            await Task.WhenAll(underWay).ConfigureAwait(false);
            return [.. etags];
        }
        catch
        {
            await stopping.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(underWay).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // none may go on behind the abort
            throw;
        }
    }

    private async Task PutPartAsync(string upload, int index, byte[] bytes, PartETag[] etags, CancellationToken cancellationToken)
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
        etags[index] = new PartETag(index + 1, put.ETag);
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
