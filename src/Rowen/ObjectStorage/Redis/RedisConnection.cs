using System.Buffers;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Rowen.ObjectStorage.Redis;

/// <summary>One connection with a Redis server; one command at a time.</summary>
internal sealed class RedisConnection : IDisposable
{
    private const int SmallBytes = 16 << 10;

    private readonly Stream _stream;
    private readonly RedisReader _reader;

    private RedisConnection(Stream stream)
    {
        _stream = stream;
        _reader = new RedisReader(stream);
    }

    /// <summary>Connects and says who we are.</summary>
    public static async Task<RedisConnection> OpenAsync(RedisAddress address, StoreAccess access, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, cancellationToken).ConfigureAwait(false);
            var connection = new RedisConnection(await SecureAsync(new NetworkStream(socket, ownsSocket: true), address, access, cancellationToken).ConfigureAwait(false));
            await connection.AuthenticateAsync(access, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a command and waits for its answer.</summary>
    /// <exception cref="RedisRefusalException">The server answered with an error; the connection goes on.</exception>
    public async Task<object?> AskAsync(ReadOnlyMemory<byte>[] words, CancellationToken cancellationToken)
    {
        var frame = new ArrayBufferWriter<byte>();
        WriteHead(frame, '*', words.Length);
        foreach (ReadOnlyMemory<byte> word in words)
        {
            WriteHead(frame, '$', word.Length);
            if (word.Length <= SmallBytes)
            {
                frame.Write(word.Span);
            }
            else
            {
                await FlushAsync(frame, cancellationToken).ConfigureAwait(false);
                await _stream.WriteAsync(word, cancellationToken).ConfigureAwait(false);
            }

            frame.Write("\r\n"u8);
        }

        await FlushAsync(frame, cancellationToken).ConfigureAwait(false);
        return await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _stream.Dispose();

    private static void WriteHead(ArrayBufferWriter<byte> frame, char kind, int number) =>
        frame.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{kind}{number}\r\n")));

    private async Task FlushAsync(ArrayBufferWriter<byte> frame, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(frame.WrittenMemory, cancellationToken).ConfigureAwait(false);
        frame.ResetWrittenCount();
    }

    private async Task AuthenticateAsync(StoreAccess access, CancellationToken cancellationToken)
    {
        if (access.Password is not { Length: > 0 } password)
        {
            return;
        }

        byte[][] words = access.User is { Length: > 0 } user
            ? ["AUTH"u8.ToArray(), Encoding.UTF8.GetBytes(user), Encoding.UTF8.GetBytes(password)]
            : ["AUTH"u8.ToArray(), Encoding.UTF8.GetBytes(password)];
        try
        {
            await AskAsync([.. words.Select(word => new ReadOnlyMemory<byte>(word))], cancellationToken).ConfigureAwait(false);
        }
        catch (RedisRefusalException)
        {
            throw new RedisRefusalException("WRONGPASS"); // what the server says may quote the command
        }
    }

    private static async Task<Stream> SecureAsync(NetworkStream plain, RedisAddress address, StoreAccess access, CancellationToken cancellationToken)
    {
        if (!address.IsSecure)
        {
            return plain;
        }

        var options = new SslClientAuthenticationOptions { TargetHost = address.Host };
        if (access.Authorities is { } file)
        {
            options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            options.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(file);
        }

        var secure = new SslStream(plain);
        await secure.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
        return secure;
    }
}
