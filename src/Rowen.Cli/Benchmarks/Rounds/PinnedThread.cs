using Rowen.Fabric.OperatingSystem;

namespace Rowen.Cli.Benchmarks.Rounds;

/// <summary>Runs work on a thread of its own that stays on one core.</summary>
internal static class PinnedThread
{
    public static Task<T> RunAsync<T>(int core, Func<T> work)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        IReadOnlyList<int> allowed = CpuAffinity.GetAllowed();
        var thread = new Thread(() => Run(core, allowed, work, result))
        {
            IsBackground = true,
            Name = $"rowen bench on core {core}",
        };
        thread.Start();
        return result.Task;
    }

    private static void Run<T>(int core, IReadOnlyList<int> allowed, Func<T> work, TaskCompletionSource<T> result)
    {
        try
        {
            CpuAffinity.PinCurrentThread(core);
            T value = work();
            CpuAffinity.PinCurrentThread(allowed); // a pool thread that the next line may create would inherit the core
            result.SetResult(value);
        }
#pragma warning disable CA1031 // whatever ends the work is the awaiting caller's to see
        catch (Exception exception)
#pragma warning restore CA1031
        {
            result.SetException(exception);
        }
    }
}
