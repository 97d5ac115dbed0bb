namespace Rowen.Executor;

/// <summary>A thread that was started before its work is known: to start one takes longer than a call, and a lease waits.</summary>
/// <remarks>It ends with its work, or with the process.</remarks>
internal sealed class ParkedThread
{
    private readonly ManualResetEventSlim _hasWork = new(initialState: false, spinCount: 0); // it waits for minutes
    private Action? _work;

    public ParkedThread(string name) => new Thread(Wait) { Name = name, IsBackground = true }.Start();

    /// <summary>Gives it its work, once.</summary>
    public void Run(Action work)
    {
        _work = work;
        _hasWork.Set();
    }

    private void Wait()
    {
        _hasWork.Wait();
        _hasWork.Dispose();
        _work!();
    }
}
