namespace Rowen.IntegrationTests.Fabric;

/// <summary>A call on a thread of its own, awaited for a bounded time.</summary>
internal sealed class ThreadCall<T>
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private readonly Thread _thread;
    private T? _result;
    private Exception? _failure;

    public ThreadCall(Func<T> call)
    {
        _thread = new Thread(() => Run(call)) { IsBackground = true };
        _thread.Start();
    }

    public T Await(string what)
    {
        Assert.True(_thread.Join(Bound), $"{what} came to no end within {Bound.TotalSeconds} s");
        return _failure is null ? _result! : throw new InvalidOperationException($"{what} failed.", _failure);
    }

    private void Run(Func<T> call)
    {
        try
        {
            _result = call();
        }
#pragma warning disable CA1031 // whatever it is, the test thread throws it
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _failure = exception;
        }
    }
}
