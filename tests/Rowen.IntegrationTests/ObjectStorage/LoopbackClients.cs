using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;

namespace Rowen.IntegrationTests.ObjectStorage;

/// <summary>Finds every host on this machine: names of buckets need a name server that knows them, and this one has none.</summary>
internal sealed class LoopbackClients : HttpClientFactory
{
    /// <summary>The names that were looked for.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new SocketsHttpHandler { ConnectCallback = ConnectAsync });

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        Asked.Enqueue(context.DnsEndPoint.Host);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
