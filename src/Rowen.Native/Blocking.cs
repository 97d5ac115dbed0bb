using System.Diagnostics.CodeAnalysis;

namespace Rowen.Native;

/// <summary>Waits on the caller's thread, which is nobody's of the runtime's.</summary>
[SuppressMessage("Usage", "VSTHRD002", Justification = "The caller wants to wait, and nothing comes back to its thread.")]
internal static class Blocking
{
    public static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    public static void Wait(Task task) => task.GetAwaiter().GetResult();

    /// <summary>Waits for so long at most, and throws nothing.</summary>
    public static bool IsDone(Task task, TimeSpan timeout) => task.IsCompleted || Task.WaitAny([task], timeout) == 0;

    public static void Dispose(IAsyncDisposable target) => target.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
