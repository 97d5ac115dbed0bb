namespace Rowen.LentMemory;

/// <summary>Lets any number of writers in, except for moments that one other needs without them.</summary>
/// <remarks>Thread safety: any thread may write; one at a time may close.</remarks>
internal sealed class WriteGate
{
    private const int Closed = int.MinValue; // added twice it is nothing

    private readonly ManualResetEventSlim _isOpen = new(initialState: true);
    private readonly ManualResetEventSlim _isDrained = new();
    private volatile TaskCompletionSource _opens = new();
    private int _writers; // Closed is added to their number

    /// <summary>Enters, after a moment if it is closed; <see cref="Leave"/> must follow.</summary>
    public void Enter()
    {
        while (!TryEnter())
        {
            _isOpen.Wait();
        }
    }

    /// <summary>Enters without holding a thread.</summary>
    /// <exception cref="OperationCanceledException">Given up before it entered.</exception>
    public async ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        while (!TryEnter())
        {
            await _opens.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Leave()
    {
        if (Interlocked.Decrement(ref _writers) == Closed)
        {
            _isDrained.Set();
        }
    }

    /// <summary>Lets nobody in any more, and waits until everybody is out; <see cref="Open"/> must follow.</summary>
    public void Close()
    {
        _opens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _isOpen.Reset();
        Interlocked.Add(ref _writers, Closed);
        while (Volatile.Read(ref _writers) != Closed)
        {
            _isDrained.Wait(); // once more than needed, if somebody told so late
            _isDrained.Reset();
        }
    }

    public void Open()
    {
        Interlocked.Add(ref _writers, Closed);
        _isOpen.Set();
        _opens.SetResult();
    }

    private bool TryEnter()
    {
        if (Interlocked.Increment(ref _writers) > 0)
        {
            return true;
        }

        Leave();
        return false;
    }
}
