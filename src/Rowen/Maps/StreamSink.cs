using System.Threading.Channels;

namespace Rowen.Maps;

/// <summary>Results as they come; lanes wait when the reader is far behind.</summary>
internal sealed class StreamSink<TOut> : MapSink<TOut>
{
    /// <summary>Enough to hide a reader's pauses; results may be large.</summary>
    private const int MaxWaiting = 256;

    private readonly Channel<MapResult<TOut>> _results = Channel.CreateBounded<MapResult<TOut>>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true });

    public ChannelReader<MapResult<TOut>> Reader => _results.Reader;

    public override ValueTask AddAsync(MapResult<TOut> result) =>
        _results.Writer.TryWrite(result) ? ValueTask.CompletedTask : AddLaterAsync(result);

    public override void Complete(Exception? error) => _results.Writer.TryComplete(error);

    private async ValueTask AddLaterAsync(MapResult<TOut> result)
    {
        try
        {
            await _results.Writer.WriteAsync(result).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // The map has ended, and its reader with it.
        }
    }
}
