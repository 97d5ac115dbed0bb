using Rowen.Sessions;

namespace Rowen.Native;

/// <summary>A call that C makes again and again.</summary>
internal sealed class NativeCall(GatheredCall gathered) : IAsyncDisposable
{
    public GatheredCall Gathered => gathered;

    public ValueTask DisposeAsync()
    {
        gathered.End();
        return ValueTask.CompletedTask;
    }
}
