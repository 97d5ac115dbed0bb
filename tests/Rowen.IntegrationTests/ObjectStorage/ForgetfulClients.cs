using System.Net;
using Amazon.Runtime;

namespace Rowen.IntegrationTests.ObjectStorage;

/// <summary>Loses the answer to the completion of an upload, and says at the second one that there is no such upload.</summary>
/// <param name="isSent">Whether the server gets the first.</param>
internal sealed class ForgetfulClients(bool isSent) : HttpClientFactory
{
    private int _completionCount;

    public int CompletionCount => Volatile.Read(ref _completionCount);

    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new Handler(this));

    private sealed class Handler(ForgetfulClients clients) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method != HttpMethod.Post || !request.RequestUri!.Query.Contains("uploadId=", StringComparison.Ordinal))
            {
                return await base.SendAsync(request, cancellationToken);
            }

            return Interlocked.Increment(ref clients._completionCount) == 1 ? await LoseAsync(request, cancellationToken) : new HttpResponseMessage(HttpStatusCode.NotFound)
            {
                Content = new StringContent("<?xml version=\"1.0\"?><Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>", null, "application/xml"),
            };
        }

        private async Task<HttpResponseMessage> LoseAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (clients.IsSent)
            {
                using HttpResponseMessage lost = await base.SendAsync(request, cancellationToken);
                await lost.Content.ReadAsByteArrayAsync(cancellationToken); // the server is done
            }

            throw new HttpRequestException("The answer was lost.");
        }
    }

    private bool IsSent { get; } = isSent;
}
