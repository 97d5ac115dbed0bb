using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rowen.Protocol.Errors;
using Rowen.ResourceManager.Journal;

namespace Rowen.ResourceManager.Http;

/// <summary>The self-signed certificate of the TCP listener. Clients know it by its hash, from the cluster file.</summary>
internal static class ManagerCertificate
{
    /// <summary>No authority renews it, and its hash is pinned: an end would only be a trap.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromDays(3650);

    /// <summary>Loads the certificate of this state folder, or makes it.</summary>
    public static X509Certificate2 LoadOrCreate(string path, TimeProvider time)
    {
        try
        {
            if (File.Exists(path))
            {
                return X509CertificateLoader.LoadPkcs12(Convert.FromBase64String(File.ReadAllText(path)), password: null);
            }

            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            byte[] pfx = Create(key, time.GetUtcNow());
            StateFolder.WritePrivate(path, Convert.ToBase64String(pfx));
            return X509CertificateLoader.LoadPkcs12(pfx, password: null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RowenException(ErrorCode.StorageFailed, $"The certificate {path} cannot be kept: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            throw new RowenException(
                ErrorCode.StorageFailed,
                $"The certificate {path} is damaged: {exception.Message} Delete it to get a new one; cluster files must be written again then.",
                exception);
        }
    }

    /// <summary>The SHA-256 hash that clients pin, in hexadecimal.</summary>
    public static string FingerprintOf(X509Certificate2 certificate) =>
        certificate.GetCertHashString(HashAlgorithmName.SHA256);

    private static byte[] Create(ECDsa key, DateTimeOffset now)
    {
        var request = new CertificateRequest("CN=Rowen resource manager", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName(Dns.GetHostName());
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        // From yesterday on: clocks of nodes differ.
        using X509Certificate2 certificate = request.CreateSelfSigned(now - TimeSpan.FromDays(1), now + Life);
        return certificate.Export(X509ContentType.Pkcs12);
    }
}
