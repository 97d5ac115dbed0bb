using Rowen.Sessions;

namespace Rowen.Native;

/// <summary>A call that C makes again and again.</summary>
internal sealed class NativeCall(GatheredCall gathered) : IAsyncDisposable
{
    public GatheredCall Gathered => gathered;

    /// <summary>Bytes that the result under way may have, by the caller's word. A slot has room for more, and its function is told of that.</summary>
    public nuint Capacity { get; private set; }

    public void Send(nuint size, nuint capacity, InvocationOptions options)
    {
        Capacity = Math.Min(capacity, int.MaxValue);
        gathered.Send(size, Capacity, options);
    }

    public ValueTask DisposeAsync()
    {
        gathered.Dispose();
        return ValueTask.CompletedTask;
    }
}
