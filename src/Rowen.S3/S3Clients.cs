using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Rowen.ObjectStorage;

namespace Rowen.S3;

/// <summary>Amazon's client, set so that any server understands it.</summary>
internal static class S3Clients
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private const string DefaultRegion = "us-east-1";

    public static AmazonS3Client Create(StoreAccess access) => Create(access, Configure(access));

    public static AmazonS3Client Create(StoreAccess access, AmazonS3Config config) =>
        Credentials(access) is { } credentials ? new AmazonS3Client(credentials, config) : new AmazonS3Client(config);

    public static AmazonS3Config Configure(StoreAccess access)
    {
        var config = new AmazonS3Config
        {
            MaxErrorRetry = 0, // repeated by us: the body of an answer, too, and with pauses that are ours to bound
            Timeout = 2 * Patience, // for who uses the client by itself; our own bound comes before
            ConnectTimeout = TimeSpan.FromSeconds(10),

            // Checksums in trailers are unknown to servers older than 2025; the signature's SHA-256 is known to all.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (access.Endpoint is { } endpoint)
        {
            if (!Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0)
            {
                throw new ArgumentException($"The endpoint of {access.Uri} in {access.Place} is no address: write https://host:port.");
            }

            config.ServiceURL = endpoint;
            config.AuthenticationRegion = access.Region ?? DefaultRegion;
            config.UseHttp = address.Scheme == "http";
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(access.Region ?? DefaultRegion);
        }

        config.ForcePathStyle = access.PathStyle ?? access.Endpoint is not null;
        return config;
    }

    private static AWSCredentials? Credentials(StoreAccess access) =>
        access.AccessKey is null ? null // what Amazon's own tools use: environment, ~/.aws, the machine's role
        : access.SessionToken is { Length: > 0 } token ? new SessionAWSCredentials(access.AccessKey, access.SecretKey, token)
        : new BasicAWSCredentials(access.AccessKey, access.SecretKey);
}
