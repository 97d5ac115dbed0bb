using Rowen.Protocol.Errors;

namespace Rowen;

/// <summary>The outcome of one invocation with raw bytes.</summary>
public readonly struct InvocationResult
{
    private readonly InvocationFailure? _failure;

    internal InvocationResult(long outputBytes)
    {
        OutputBytes = outputBytes;
        _failure = null;
    }

    internal InvocationResult(InvocationFailure failure)
    {
        OutputBytes = 0;
        _failure = failure;
    }

    /// <summary>Result bytes written to the caller's output; zero if the invocation did not complete.</summary>
    public long OutputBytes { get; }

    /// <summary><see cref="ErrorCode.None"/> if the function ran and returned, otherwise what happened.</summary>
    public ErrorCode Error => _failure?.Code ?? ErrorCode.None;

    /// <summary>Which of the four outcomes this is.</summary>
    public InvocationOutcome Outcome => InvocationFailure.OutcomeOf(Error);

    /// <summary>Whether the function ran and returned.</summary>
    public bool IsSuccess => _failure is null;

    /// <summary>What happened, in a sentence with lease and node; null after success.</summary>
    public string? Message => _failure?.Message;

    /// <summary>The failure as an exception; null after success.</summary>
    public InvocationException? ToException() => _failure?.ToException();

    /// <summary>For callers that treat every failure alike.</summary>
    /// <exception cref="InvocationException">The invocation did not complete.</exception>
    public void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw _failure.ToException();
        }
    }
}
