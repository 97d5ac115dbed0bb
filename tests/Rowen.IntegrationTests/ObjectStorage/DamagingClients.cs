using Amazon.Runtime;

namespace Rowen.IntegrationTests.ObjectStorage;

/// <summary>Turns over one bit of every body that is put or got, as a bad cable or memory would, and leaves the head as it is.</summary>
internal sealed class DamagingClients : HttpClientFactory
{
    private int _damagedCount;

    public int DamagedCount => Volatile.Read(ref _damagedCount);

    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new Handler(this));

    private sealed class Handler(DamagingClients clients) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Put && request.Content is { } content)
            {
                request.Content = await DamageAsync(content, cancellationToken);
                Interlocked.Increment(ref clients._damagedCount);
            }

            HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
            if (request.Method == HttpMethod.Get && answer.IsSuccessStatusCode)
            {
                answer.Content = await DamageAsync(answer.Content, cancellationToken);
            }

            return answer;
        }

        private static async Task<HttpContent> DamageAsync(HttpContent content, CancellationToken cancellationToken)
        {
            byte[] bytes = await content.ReadAsByteArrayAsync(cancellationToken);
            bytes[bytes.Length / 2] ^= 1;
            var damaged = new ByteArrayContent(bytes);
            foreach ((string name, IEnumerable<string> values) in content.Headers)
            {
                damaged.Headers.TryAddWithoutValidation(name, values);
            }

            return damaged;
        }
    }
}
