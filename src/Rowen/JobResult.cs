using System.Diagnostics.CodeAnalysis;
using Rowen.Protocol.Errors;

namespace Rowen;

/// <summary>What became of one item of a job.</summary>
/// <typeparam name="TOut">Type of the result.</typeparam>
public readonly record struct JobResult<TOut>
{
    private readonly TOut _value;

    internal JobResult(long index, TOut value, RowenException? error)
    {
        Index = index;
        _value = value;
        Error = error;
    }

    /// <summary>Position of the item in the input, from 0.</summary>
    public long Index { get; }

    /// <summary>The result.</summary>
    /// <exception cref="RowenException">There is none: <see cref="Error"/>.</exception>
    [SuppressMessage("Design", "CA1065", Justification = "As Task.Result: whoever asks for a value that is not there hears why.")]
    public TOut Value => Error is null ? _value : throw Error;

    /// <summary>Why there is no result; null if there is one.</summary>
    public RowenException? Error { get; }
}
