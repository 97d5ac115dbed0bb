using System.Runtime.InteropServices;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Executor;

/// <summary>
/// A batch system that wants a node back signals every process of the job, executors and commands too, and not only the agent. What
/// becomes of a lease is the agent's to say: an executor notes the signal and goes on.
/// </summary>
/// <remarks>Thread safety: any thread may ask. What an executor starts does not inherit this.</remarks>
internal static class BatchSignals
{
    /// <summary>The batch system walks through the processes one by one.</summary>
    private static readonly TimeSpan Spread = TimeSpan.FromMilliseconds(200);

    private static readonly ManualResetEventSlim Came = new();
    private static PosixSignalRegistration[] s_registrations = [];

    /// <summary>From now on these signals end nothing here.</summary>
    public static void Watch() =>
        s_registrations = [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGCONT, (PosixSignal)ProcessSignal.User1 }.Select(signal => PosixSignalRegistration.Create(signal, Note))];

    /// <summary>Whether the node is being taken back, as far as this process has heard.</summary>
    public static bool HaveCome => Came.IsSet;

    /// <summary>The same, for somebody who has just seen a command end by such a signal: ours may be under way.</summary>
    public static bool ComeNow() => Came.Wait(Spread);

    private static void Note(PosixSignalContext context)
    {
        context.Cancel = true;
        if (context.Signal != PosixSignal.SIGCONT)
        {
            Came.Set();
        }
    }
}
