using System.Collections.Concurrent;
using System.Diagnostics;

namespace Rowen.Cli.Benchmarks;

/// <summary>
/// Starts programs that are killed when this process ends, however it ends. The kernel watches the thread that started them, and a thread of the pool
/// ends when it has nothing to do for a while: one that lives as long as this process starts them all.
/// </summary>
internal static class BoundProcess
{
    private static readonly BlockingCollection<Task<Process>> Asked = Listen();

    /// <summary>Starts a program found on PATH or by its path. Safe from any thread.</summary>
    public static Task<Process> StartAsync(ProcessStartInfo program)
    {
        foreach (string word in (string[])[program.FileName, "KILL", "--pdeathsig"])
        {
            program.ArgumentList.Insert(0, word);
        }

        program.FileName = "setpriv";
        var start = new Task<Process>(() => Process.Start(program)!, TaskCreationOptions.RunContinuationsAsynchronously);
        Asked.Add(start);
        return start;
    }

    private static BlockingCollection<Task<Process>> Listen()
    {
        var asked = new BlockingCollection<Task<Process>>();
        new Thread(() => StartEach(asked)) { IsBackground = true, Name = "Bound processes" }.Start();
        return asked;
    }

    private static void StartEach(BlockingCollection<Task<Process>> asked)
    {
        foreach (Task<Process> start in asked.GetConsumingEnumerable())
        {
            start.RunSynchronously(TaskScheduler.Default);
        }
    }
}
