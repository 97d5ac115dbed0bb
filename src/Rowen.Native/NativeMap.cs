using Rowen.Commands;
using Rowen.Functions;
using Rowen.Maps;
using Rowen.Protocol.Errors;

namespace Rowen.Native;

/// <summary>A map over an array of C's, into another one.</summary>
internal sealed class NativeMap(NativeArray items, NativeArray results)
{
    /// <summary>Waits for every item.</summary>
    /// <exception cref="MapException">One failed.</exception>
    public async Task RunAsync(RowenClient client, string function, CodePackage code, MapOptions options)
    {
        var source = new CountedSequence<RawPayload>(Enumerable.Range(0, items.Count).Select(index => new RawPayload(items.MemoryOf(index))), items.Count);
        IAsyncEnumerable<MapResult<RawPayload>> done = Map.StreamOverClusterAsync<RawPayload, RawPayload>(
            client, source, code, function, options, TimeProvider.System, CancellationToken.None);
        await foreach (MapResult<RawPayload> result in done.ConfigureAwait(false))
        {
            Take(result);
        }
    }

    private void Take(MapResult<RawPayload> result)
    {
        ReadOnlySpan<byte> value = result.Value.Bytes.Span;
        Span<byte> place = results.SpanOf(result.Index);
        if (value.Length > place.Length)
        {
            throw new RowenException(ErrorCode.ResultTooLarge, $"The result of item {result.Index} has {value.Length} bytes; there is room for {place.Length}.");
        }

        value.CopyTo(place);
    }
}
