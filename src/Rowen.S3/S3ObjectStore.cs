using System.Globalization;
using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using Rowen.ObjectStorage;

namespace Rowen.S3;

/// <summary>Objects of a bucket (<c>s3:</c>), of any server that speaks S3.</summary>
/// <remarks>
/// Up to 16 MiB an object is one request, whose bytes the server checks (their SHA-256 is in the signature), and whose SHA-256 is kept with it; beyond it
/// is a multipart upload, each part of which the server checks, and whose ETag is made of the parts' MD5s, on servers whose ETags are. Whoever reads the whole checks the one or the other.
/// Readers name the ETag that they mean with every request.
/// </remarks>
internal sealed class S3ObjectStore : IObjectStore, IDisposable
{
    private const long MaxCopyBytes = 5L << 30; // S3's limit for a copy in one request

    private readonly AmazonS3Client _client;
    private readonly S3Address _address;
    private readonly S3Failures _failures;
    private readonly RetryPolicy _retries;
    private readonly S3Etags _etags = new();

    public S3ObjectStore(AmazonS3Client client, S3Address address, StoreAccess access)
    {
        _client = client;
        _address = address;
        _failures = new S3Failures(address, access);
        _retries = access.ToRetryPolicy();
    }

    /// <summary>How long one request may take, its body and that of its answer included.</summary>
    /// <value>5 minutes: a piece over a slow line. A server that is gone ends its connections long before; one that is full may say nothing for ever.</value>
    internal TimeSpan Patience { get; init; } = S3Clients.Patience;

    public Task PutAsync(string name, Stream content, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(name);
        long lengthBytes = ObjectName.LengthOf(content);
        var upload = new S3Upload(_client, _address.Bucket, KeyOf(name), _etags, (attempt, token) => AskAsync(attempt, $"'{name}' was not put into {_failures.Name}", token));
        return upload.PutAsync(content, lengthBytes, cancellationToken);
    }

    public async Task<Stream?> OpenAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(name);
        try
        {
            return await AskAsync(token => OpenOnceAsync(name, token), Reading(name), cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonS3Exception exception) when (S3Failures.IsMissing(exception))
        {
            return null;
        }
    }

    public Task<Stream> OpenRangeAsync(StoredObject found, long offset, long lengthBytes, CancellationToken cancellationToken = default)
    {
        ObjectName.CheckRange(found, offset, lengthBytes);
        return Task.FromResult<Stream>(Pieces(found, offset, lengthBytes, first: default));
    }

    public async Task<StoredObject?> HeadAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(name);
        try
        {
            GetObjectMetadataResponse head = await AskAsync(
                token => _client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = _address.Bucket, Key = KeyOf(name) }, token),
                $"'{name}' of {_failures.Name} was not found",
                cancellationToken).ConfigureAwait(false);
            return new StoredObject(name, head.ContentLength, head.ETag);
        }
        catch (AmazonS3Exception exception) when (S3Failures.IsMissing(exception))
        {
            return null;
        }
    }

    public async Task<IReadOnlyList<StoredObject>> ListAsync(string prefix = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        List<StoredObject> found = [];
        string? next = null;
        do
        {
            var request = new ListObjectsV2Request { BucketName = _address.Bucket, Prefix = KeyOf(prefix), ContinuationToken = next };
            ListObjectsV2Response page = await AskAsync(token => _client.ListObjectsV2Async(request, token), $"{_failures.Name} was not listed", cancellationToken)
                .ConfigureAwait(false);
            found.AddRange((page.S3Objects ?? []).Select(one => new StoredObject(one.Key[_address.Prefix.Length..], one.Size ?? 0, one.ETag)));
            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (next is not null);
        found.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        return found;
    }

    public async Task<bool> DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        if (await HeadAsync(name, cancellationToken).ConfigureAwait(false) is null)
        {
            return false; // S3 itself does not say
        }

        await AskAsync(
            token => _client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = _address.Bucket, Key = KeyOf(name) }, token),
            $"'{name}' of {_failures.Name} was not removed",
            cancellationToken).ConfigureAwait(false);
        return true;
    }

    public async Task<bool> CopyAsync(string name, string copy, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(copy);
        if (await HeadAsync(name, cancellationToken).ConfigureAwait(false) is not { } found)
        {
            return false;
        }

        if (found.LengthBytes > MaxCopyBytes)
        {
            throw new IOException($"'{name}' of {_failures.Name} has {found.LengthBytes} bytes, and S3 copies {MaxCopyBytes} in one go. Open it and put it.");
        }

        var request = new CopyObjectRequest
        {
            SourceBucket = _address.Bucket,
            SourceKey = KeyOf(name),
            DestinationBucket = _address.Bucket,
            DestinationKey = KeyOf(copy),
        };
        if (name != copy)
        {
            await AskAsync(token => _client.CopyObjectAsync(request, token), $"'{name}' of {_failures.Name} was not copied", cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    public void Dispose() => _client.Dispose();

    private static string Reading(string name) => $"'{name}' was not read";

    private string KeyOf(string name) => _address.Prefix + name;

    /// <summary>The first piece, which says what the whole is: of a small object it is all. A large one's rest is left: it comes faster in several requests.</summary>
    /// <remarks>No range is named: a server that keeps small objects with what it knows of them (Ceph's) then answers with one read instead of two.</remarks>
    private async Task<Stream> OpenOnceAsync(string name, CancellationToken cancellationToken)
    {
        var request = new GetObjectRequest { BucketName = _address.Bucket, Key = KeyOf(name) };
        using GetObjectResponse answer = await _client.GetObjectAsync(request, cancellationToken).ConfigureAwait(false);
        long lengthBytes = answer.ContentLength;
        byte[] first = GC.AllocateUninitializedArray<byte>((int)Math.Min(PieceStream.DefaultPieceBytes, lengthBytes));
        await answer.ResponseStream.ReadExactlyAsync(first, cancellationToken).ConfigureAwait(false);
        PieceStream whole = Pieces(new StoredObject(name, lengthBytes, answer.ETag), 0, lengthBytes, first);
        return CheckOrNone(answer) is { } check ? new VerifyingStream(whole, check, _failures.Name, name) : whole;
    }

    /// <summary>By what the object's bytes can be told from others; null: another program has put it, and nothing says.</summary>
    private static ContentCheck? CheckOrNone(GetObjectResponse answer) =>
        answer.Metadata[S3Upload.HashKey] is { Length: 64 } sha256 && sha256.All(char.IsAsciiHexDigit) ? new Sha256Check(Convert.FromHexString(sha256))
        : long.TryParse(answer.Metadata[S3Upload.PartsKey], NumberStyles.None, CultureInfo.InvariantCulture, out long partBytes) && partBytes > 0
            ? PartsCheck.OrNone(answer.ContentLength, partBytes, answer.ETag)
        : null;

    private PieceStream Pieces(StoredObject found, long offset, long lengthBytes, ReadOnlyMemory<byte> first) => new(
        lengthBytes,
        (at, buffer, cancellationToken) => AskAsync(
            async token =>
            {
                await ReadOnceAsync(found, offset + at, buffer, token).ConfigureAwait(false);
                return true;
            },
            Reading(found.Name),
            cancellationToken),
        first);

    private async Task ReadOnceAsync(StoredObject found, long at, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var request = new GetObjectRequest
        {
            BucketName = _address.Bucket,
            Key = KeyOf(found.Name),
            ByteRange = new ByteRange(at, at + buffer.Length - 1),
            EtagToMatch = found.Version,
        };
        try
        {
            using GetObjectResponse answer = await _client.GetObjectAsync(request, cancellationToken).ConfigureAwait(false);
            if (answer.ContentLength != buffer.Length || answer.ETag != found.Version)
            {
                throw new ObjectChangedException(_failures.Name, found.Name);
            }

            await answer.ResponseStream.ReadExactlyAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonS3Exception exception) when (S3Failures.IsMissing(exception) || S3Failures.IsBeyondEnd(exception) || exception.StatusCode == HttpStatusCode.PreconditionFailed)
        {
            throw new ObjectChangedException(_failures.Name, found.Name);
        }
    }

    /// <param name="attempt">A request; sending it twice does no harm.</param>
    /// <param name="what">What was attempted, for people.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> attempt, string what, CancellationToken cancellationToken)
    {
        try
        {
            return await _retries.RunAsync(token => BoundAsync(attempt, token), S3Failures.IsWorthAnother, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !S3Failures.IsMissing(exception) && !S3Failures.IsBeyondEnd(exception)
            && S3Failures.IsKnown(exception))
        {
            throw _failures.Explain(exception, what);
        }
    }

    /// <summary>The SDK's own bound ends with the head of an answer.</summary>
    private async Task<T> BoundAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Patience);
        try
        {
            return await attempt(bound.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (bound.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"no answer for {Patience.TotalSeconds} s"), exception);
        }
    }
}
