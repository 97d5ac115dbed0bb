using System.Buffers;
using System.Text;
using Rowen.Functions;

namespace Rowen.Native;

/// <summary>A map that C asks for one result after the other. Thread safety: one thread at a time.</summary>
internal sealed class NativeMapRun : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private IAsyncEnumerator<MapResult<RawPayload>>? _results;
    private Task<bool>? _next;
    private MemoryHandle _shown;

    private IAsyncEnumerator<MapResult<RawPayload>> Results => _results ?? throw new ArgumentException("The map was not begun.");

    /// <summary>Begins it.</summary>
    public void Start(Func<CancellationToken, IAsyncEnumerable<MapResult<RawPayload>>> begin)
    {
        _results = begin(_stop.Token).GetAsyncEnumerator(_stop.Token);
        _next = _results.MoveNextAsync().AsTask();
    }

    /// <summary>Waits for the next result.</summary>
    /// <param name="timeout">For how long.</param>
    /// <param name="item">Where to describe it; its bytes stay until the next call.</param>
    /// <returns>A code.</returns>
    public unsafe int Next(TimeSpan timeout, MapItemOfC* item)
    {
        _next ??= Results.MoveNextAsync().AsTask();
        if (!Blocking.IsDone(_next, timeout))
        {
            return NativeError.Again;
        }

        _shown.Dispose();
        _shown = default;
        if (!Blocking.Wait(_next))
        {
            return NativeError.Done;
        }

        _next = null;
        MapResult<RawPayload> result = Results.Current;
        ReadOnlyMemory<byte> bytes = result.Error is { } error ? Encoding.UTF8.GetBytes(error.Message) : result.Value.Bytes;
        _shown = bytes.Pin();
        *item = new MapItemOfC
        {
            Index = (nuint)result.Index,
            Data = (byte*)_shown.Pointer,
            Size = (nuint)bytes.Length,
            Code = result.Error is { } why ? (int)why.Code : NativeError.Ok,
            Core = result.Lane,
            DurationSeconds = result.Duration.TotalSeconds,
        };
        return NativeError.Ok;
    }

    /// <summary>Cancels what is not done.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_next is not null)
        {
            await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // it was told in Next, or is the cancellation
        }

        if (_results is not null)
        {
            await _results.DisposeAsync().ConfigureAwait(false);
        }

        _shown.Dispose();
        _stop.Dispose();
    }
}
