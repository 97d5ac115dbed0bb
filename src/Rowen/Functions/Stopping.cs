namespace Rowen.Functions;

/// <summary>What a running function can know of its caller's wish that it stops.</summary>
/// <remarks>Thread safety: any thread. Outside of an executor nobody ever asks.</remarks>
public static class Stopping
{
    private static CancellationTokenSource s_asked = new();

    /// <summary>
    /// Cancelled when the map that this function runs for is cancelled, or when the lease is being taken back: what is
    /// still running when the time for it is over is ended with the whole process.
    /// </summary>
    public static CancellationToken Token => Volatile.Read(ref s_asked).Token;

    /// <summary>Asks whatever runs in this process.</summary>
    internal static void Request() => ThreadPool.UnsafeQueueUserWorkItem(
        static asked => asked.Cancel(), Volatile.Read(ref s_asked), preferLocal: false); // callbacks are user code

    /// <summary>A lease begins: what was asked in the rehearsal is over.</summary>
    internal static void Reset() => Volatile.Write(ref s_asked, new CancellationTokenSource());
}
