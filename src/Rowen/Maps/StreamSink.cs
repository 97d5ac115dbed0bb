using System.Threading.Channels;

namespace Rowen.Maps;

/// <summary>Results as they come; lanes wait when the reader is far behind.</summary>
internal sealed class StreamSink<TOut> : MapSink<TOut>
{
    /// <summary>Enough to hide a reader's pauses; results may be large. A batch, whose results are small, is one.</summary>
    private const int MaxWaiting = 64;

    private readonly Channel<MapResult<TOut>[]> _results = Channel.CreateBounded<MapResult<TOut>[]>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true });

    public ChannelReader<MapResult<TOut>[]> Reader => _results.Reader;

    public override ValueTask AddAsync(ReadOnlyMemory<MapResult<TOut>> results)
    {
        MapResult<TOut>[] together = results.ToArray();
        return _results.Writer.TryWrite(together) ? ValueTask.CompletedTask : AddLaterAsync(together);
    }

    public override void Complete(Exception? error) => _results.Writer.TryComplete(error);

    private async ValueTask AddLaterAsync(MapResult<TOut>[] results)
    {
        try
        {
            await _results.Writer.WriteAsync(results).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // The map has ended, and its reader with it.
        }
    }
}
