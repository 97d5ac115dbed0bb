using Rowen.LentMemory;

namespace Rowen.UnitTests.LentMemory;

public sealed class WriteGateTests
{
    private readonly WriteGate _gate = new();

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Closer_waits_for_writers_and_writers_for_it()
    {
        _gate.Enter();
        Task closing = Task.Run(_gate.Close, Bound);
        Task entering;
        while ((entering = _gate.EnterAsync(Bound).AsTask()).IsCompleted)
        {
            _gate.Leave(); // not closed yet
        }

        Assert.False(closing.IsCompleted);
        _gate.Leave();
        await closing;
        Assert.False(entering.IsCompleted);
        _gate.Open();
        await entering;
        _gate.Leave();
    }

    [Fact(Timeout = 120_000)]
    public async Task Writer_that_gives_up_never_was_in()
    {
        using var soon = new CancellationTokenSource();
        _gate.Close();
        Task entering = _gate.EnterAsync(soon.Token).AsTask();
        await soon.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => entering);

        _gate.Open();
        _gate.Close(); // nobody is waited for
        _gate.Open();
    }

    [Fact(Timeout = 120_000)]
    public async Task Nobody_writes_while_it_is_closed()
    {
        int writers = 0;
        int closings = 0;
        Task[] writing = [.. Enumerable.Range(0, 4).Select(thread => Task.Run(() => WriteAsync(isAsync: thread % 2 == 0), Bound))];

        for (; closings < 2_000; closings++)
        {
            _gate.Close();
            Assert.Equal(0, Volatile.Read(ref writers));
            _gate.Open();
        }

        await Task.WhenAll(writing);

        async Task WriteAsync(bool isAsync)
        {
            while (Volatile.Read(ref closings) < 2_000)
            {
                if (isAsync)
                {
                    await _gate.EnterAsync(Bound);
                }
                else
                {
                    _gate.Enter();
                }

                Interlocked.Increment(ref writers);
                Interlocked.Decrement(ref writers);
                _gate.Leave();
            }
        }
    }
}
