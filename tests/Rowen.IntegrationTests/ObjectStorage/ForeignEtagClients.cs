using System.Net.Http.Headers;
using Amazon.Runtime;

namespace Rowen.IntegrationTests.ObjectStorage;

/// <summary>Answers the first part that is put with an ETag that is no MD5, as servers do which encrypt with keys of others.</summary>
internal sealed class ForeignEtagClients : HttpClientFactory
{
    private int _partCount;

    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new Handler(this));

    private sealed class Handler(ForeignEtagClients clients) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
            bool isPart = request.Method == HttpMethod.Put && request.RequestUri!.Query.Contains("partNumber=", StringComparison.Ordinal);
            if (isPart && Interlocked.Increment(ref clients._partCount) == 1)
            {
                answer.Headers.ETag = new EntityTagHeaderValue("\"of-another-kind\"");
            }

            return answer;
        }
    }
}
