using System.Diagnostics.CodeAnalysis;
using Rowen.Protocol.Errors;

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
    internal MapResult<TOut> At(long index) => new(index, _value, Error, Lane, Duration) { Attempts = Attempts };

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
