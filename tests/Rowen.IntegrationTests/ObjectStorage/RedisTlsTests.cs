using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rowen.ObjectStorage;

namespace Rowen.IntegrationTests.ObjectStorage;

/// <summary>Redis over TLS (<c>rediss:</c>): a real server that speaks nothing else.</summary>
public sealed class RedisTlsTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-redis-").FullName;
    private readonly RedisServer _server = new();

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact(Timeout = 120_000)]
    public async Task Objects_travel_over_TLS_to_a_server_whose_authority_is_named_and_to_no_other()
    {
        (string certificate, string key) = WriteCertificate("server");
        (string stranger, _) = WriteCertificate("stranger");
        await _server.StartAsync($"port 0\ntls-port {_server.Port}\ntls-cert-file {certificate}\ntls-key-file {key}\ntls-auth-clients no");
        byte[] bytes = RandomNumberGenerator.GetBytes(5 << 20);

        using RedisObjectStore store = Open("rediss", certificate);
        await store.PutAsync("a", new MemoryStream(bytes), Bound);
        using var found = new MemoryStream();
        await using (Stream open = (await store.OpenAsync("a", Bound))!)
        {
            await open.CopyToAsync(found, Bound);
        }

        using RedisObjectStore distrusting = Open("rediss", stranger);
        IOException untrusted = await Assert.ThrowsAnyAsync<IOException>(() => distrusting.HeadAsync("a", Bound));
        using RedisObjectStore plain = Open("redis", authorities: null);
        await Assert.ThrowsAnyAsync<IOException>(() => plain.HeadAsync("a", Bound));
        Assert.True(found.ToArray().AsSpan().SequenceEqual(bytes));
        Assert.Contains("could not agree on TLS", untrusted.Message, StringComparison.Ordinal);
    }

    private RedisObjectStore Open(string scheme, string? authorities) => RedisObjectStore.Open(
        $"{scheme}://127.0.0.1:{_server.Port}/tests", new StoreAccess { Uri = $"{scheme}://", Password = _server.Password, Authorities = authorities, Retries = 0 });

    /// <summary>One that is its own authority.</summary>
    private (string Certificate, string Key) WriteCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        string certificateFile = Path.Combine(_folder, $"{name}.crt");
        string keyFile = Path.Combine(_folder, $"{name}.key");
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return (certificateFile, keyFile);
    }
}
