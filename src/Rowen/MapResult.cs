using System.Diagnostics.CodeAnalysis;
using Rowen.Protocol.Errors;
using Rowen.StoredResults;

namespace Rowen;

/// <summary>What became of one item of a map.</summary>
/// <typeparam name="TOut">Type of the result.</typeparam>
public readonly record struct MapResult<TOut>
{
    private readonly TOut _value;

    internal MapResult(long index, TOut value, RowenException? error, int lane, TimeSpan duration)
    {
        Index = index;
        _value = value;
        Error = error;
        Lane = lane;
        Duration = duration;
    }

    /// <summary>The same for another position.</summary>
    internal MapResult<TOut> At(long index) => new(index, _value, Error is null ? null : InvocationException.OfItem(Error, index), Lane, Duration) { Attempts = Attempts, StoredOrUri = StoredOrUri };

    /// <summary>The same, where its value did not come with it: it is read before anybody sees it.</summary>
    internal static MapResult<TOut> Unread(in MapResult<Stored<TOut>> result) => new(result.Index, default!, result.Error, result.Lane, result.Duration)
    {
        Attempts = result.Attempts,
        StoredOrUri = result.Error is null ? result.Value : null,
    };

    /// <summary>The same with its value.</summary>
    /// <exception cref="IOException">The store fails, or has the value no more.</exception>
    internal async ValueTask<MapResult<TOut>> ReadAsync(ResultPlace place, CancellationToken cancellationToken)
    {
        if (Stored is not { } stored)
        {
            return this;
        }

        TOut value = await place.ReadAsync(stored, cancellationToken).ConfigureAwait(false);
        return new MapResult<TOut>(Index, value, Error, Lane, Duration) { Attempts = Attempts, StoredOrUri = place.UriOf(stored) };
    }

    /// <summary>What came in place of the value; null if that is here.</summary>
    internal Stored<TOut>? Stored => StoredOrUri as Stored<TOut>;

    /// <summary>URI of the object that holds the result's bytes; null if it came with its invocation. See <see cref="ResultStore.Keep"/>.</summary>
    public string? StoredAt => StoredOrUri as string;

    /// <summary>What stands for a value that is not read yet; of one that is, the object's URI.</summary>
    private object? StoredOrUri { get; init; }

    /// <summary>How often the item was sent, from 1.</summary>
    internal int Attempts { get; init; } = 1;

    /// <summary>Position of the item in the input, from 0.</summary>
    public long Index { get; }

    /// <summary>The result.</summary>
    /// <exception cref="RowenException">There is none: <see cref="Error"/>.</exception>
    [SuppressMessage("Design", "CA1065", Justification = "As Task.Result: whoever asks for a value that is not there hears why.")]
    public TOut Value => Error is null ? _value : throw Error;

    /// <summary>Why there is no result; null if there is one. Only with <see cref="MapErrors.Collect"/>.</summary>
    public RowenException? Error { get; }

    /// <summary>On which lane of the map it ran, from 0.</summary>
    public int Lane { get; }

    /// <summary>From the moment it was sent until its result was here.</summary>
    public TimeSpan Duration { get; }
}
