using Rowen.Sessions;

namespace Rowen;

/// <summary>An invocation under way that one thread started and will end: several can be in flight on one lane.</summary>
/// <remarks>
/// Like a non-blocking request of MPI: start some, then end each, in any order, exactly once. It holds a slot of its
/// lane until it is ended. Thread safety: one thread at a time.
/// </remarks>
public readonly struct StartedInvocation
{
    private readonly Function _function;
    private readonly PendingCall _call;

    internal StartedInvocation(Function function, PendingCall call)
    {
        _function = function;
        _call = call;
    }

    /// <summary>Looks once whether the outcome is known, without waiting.</summary>
    public bool IsDone
    {
        get
        {
            if (!_call.IsDone)
            {
                _call.Lane.Look();
            }

            return _call.IsDone;
        }
    }

    /// <summary>Waits for the outcome, takes it, and frees the slot.</summary>
    /// <param name="output">Receives the result from its first byte.</param>
    /// <returns>The outcome. Does not allocate unless it failed.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public InvocationResult End(Span<byte> output)
    {
        return _function.End(_call, output);
    }
}
