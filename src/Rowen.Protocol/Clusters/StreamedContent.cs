using System.Net;

namespace Rowen.Protocol.Clusters;

/// <summary>A request's body that is written while it is sent; its length is not known before.</summary>
internal sealed class StreamedContent(Func<Stream, Task> writeAsync) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => writeAsync(stream);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
