using Amazon.S3;
using Amazon.S3.Model;
using Rowen.S3;

namespace Rowen.Cli.Benchmarks.Data;

/// <summary>The floor of S3: Amazon's SDK, one request for each object, as one calls it by hand.</summary>
internal sealed class SdkPath : TransferPath, IDisposable
{
    private readonly AmazonS3Client _client;
    private readonly string _bucket;
    private readonly string _prefix;

    private SdkPath(AmazonS3Client client, string bucket, string prefix)
    {
        _client = client;
        _bucket = bucket;
        _prefix = prefix;
    }

    public static SdkPath Open(string uri, string? access)
    {
        string[] parts = uri["s3://".Length..].Split('/', 2);
        return new SdkPath(S3Sdk.CreateClient(uri, access), parts[0], parts[1] + "/sdk-");
    }

    public void Dispose() => _client.Dispose();

    protected override Task PutAsync(string name, byte[] bytes, CancellationToken cancellationToken) => _client.PutObjectAsync(
        new PutObjectRequest { BucketName = _bucket, Key = _prefix + name, InputStream = new MemoryStream(bytes, writable: false) }, cancellationToken);

    protected override async Task GetAsync(string name, byte[] buffer, CancellationToken cancellationToken)
    {
        using GetObjectResponse answer = await _client.GetObjectAsync(_bucket, _prefix + name, cancellationToken);
        await answer.ResponseStream.ReadExactlyAsync(buffer, cancellationToken);
    }
}
