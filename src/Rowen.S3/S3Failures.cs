using System.Net;
using System.Net.Sockets;
using System.Xml;
using Amazon.Runtime;
using Amazon.S3;
using Rowen.ObjectStorage;

namespace Rowen.S3;

/// <summary>What a failure means: whether it may be gone the next time, and what to tell.</summary>
/// <remarks>Texts of the server are not passed on: some quote the request, with its signature.</remarks>
internal sealed class S3Failures(S3Address address, StoreAccess access)
{
    private const string NoCode = nameof(HttpStatusCode.BadRequest); // what the SDK makes of an answer without a document

    /// <summary>How the SDK says that what it got is not what the ETag says; it has no type for that.</summary>
    private const string SdkMismatch = "Expected hash not equal";

    /// <summary>The store, for people.</summary>
    public string Name { get; } = $"s3://{address.Bucket}";

    public static bool IsMissing(Exception exception) => exception is AmazonS3Exception { StatusCode: HttpStatusCode.NotFound } missing
        && missing.ErrorCode is not ("NoSuchBucket" or "NoSuchUpload");

    public static bool IsBeyondEnd(Exception exception) => exception is AmazonS3Exception { StatusCode: HttpStatusCode.RequestedRangeNotSatisfiable };

    public static bool IsWorthAnother(Exception exception) => exception switch
    {
        ObjectChangedException => false,
        TimeoutException => false, // who was silent for minutes is not asked again
        AmazonS3Exception s3 when s3.StatusCode != 0 => (int)s3.StatusCode >= 500 || s3.StatusCode == HttpStatusCode.TooManyRequests
            || s3.ErrorCode is "RequestTimeout" or "SlowDown" or "BadDigest" or "XAmzContentSHA256Mismatch"
            || s3 is { StatusCode: HttpStatusCode.BadRequest, ErrorCode: NoCode }, // a server's front end that lost its place in the connection; what a store refuses it names
        _ => IsOfTheNetwork(exception),
    };

    /// <summary>Whether it is one that we explain; anything else is a mistake of the program.</summary>
    public static bool IsKnown(Exception exception) => exception is not ObjectChangedException && (exception is AmazonServiceException || IsOfTheNetwork(exception) || IsUnreadable(exception));

    public StoreFailedException Explain(Exception exception, string what)
    {
        string server = access.Endpoint ?? "Amazon";
        if (Innermost(exception).Message.StartsWith(SdkMismatch, StringComparison.Ordinal))
        {
            return new StoreFailedException($"{what}: it is damaged, or what {server} sent was changed on its way, several times: its bytes have another MD5 than its ETag says.");
        }

        if (exception is TimeoutException)
        {
            return new StoreFailedException($"{what}: {server} is there, but gave {exception.Message}. See its log: a store that is full may be silent.");
        }

        if (IsUnreadable(exception))
        {
            return new StoreFailedException($"{what}: {server} gave an answer that is none of S3. See whether the endpoint in {access.Place} is that of an S3 server.");
        }

        if (exception is not AmazonS3Exception { StatusCode: not 0 } s3)
        {
            return new StoreFailedException($"{what}: {server} cannot be reached, or was lost, several times ({Innermost(exception).Message}). See whether it runs; endpoints are in {access.Place}.");
        }

        string why = $"({(int)s3.StatusCode} {s3.ErrorCode})";
        return s3.ErrorCode switch
        {
            "NoSuchBucket" => new StoreFailedException($"{what}: {server} has no bucket '{address.Bucket}'. Make it, or correct the URI."),
            "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "InvalidToken" or "ExpiredToken" => new StoreFailedException(
                $"{what}: {server} does not accept the keys {why}. Set accessKey and secretKey of {access.Uri} in {access.Place}."),
            _ when s3.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => new StoreFailedException(
                $"{what}: {server} does not allow it {why}. The keys of {access.Uri} in {access.Place} may lack a right to the bucket."),
            "QuotaExceeded" or "InsufficientStorage" => new StoreFailedException($"{what}: the bucket or {server} is full {why}. Remove what is not needed."),
            _ when (int)s3.StatusCode >= 500 => new StoreFailedException($"{what}: {server} failed, several times {why}. See its log."),
            _ => new StoreFailedException($"{what}: {server} refused {why}."),
        };
    }

    private static bool IsOfTheNetwork(Exception exception) =>
        exception is HttpRequestException or SocketException or IOException or TimeoutException or OperationCanceledException or AmazonClientException
        && exception is not AmazonServiceException { StatusCode: not 0 };

    /// <summary>What the SDK makes of an answer whose parts are not what they should be; our own arguments were checked before.</summary>
    private static bool IsUnreadable(Exception exception) => exception is ArgumentException or FormatException or XmlException;

    private static Exception Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception;
    }
}
