namespace Rowen.LentMemory;

/// <summary>Lets users of something in until it is closed; the last of them out ends it. Thread safety: any thread.</summary>
/// <param name="end">Called once, on the thread that closes or that leaves last.</param>
internal sealed class UseGate(Action end)
{
    private const int Closed = int.MinValue;

    private int _users; // Closed is added to their number
    private int _isClosed;
    private int _hasEnded;

    /// <summary>Enters; <see cref="Leave"/> must follow.</summary>
    /// <returns>False if it is closed.</returns>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _users) > 0)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == Closed)
        {
            End();
        }
    }

    /// <summary>Lets nobody in any more. Does not wait for those who are in.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0 && Interlocked.Add(ref _users, Closed) == Closed)
        {
            End();
        }
    }

    private void End()
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) == 0)
        {
            end();
        }
    }
}
