using System.Runtime.CompilerServices;
using Rowen.Fabric;

namespace Rowen.Sessions;

/// <summary>
/// Hands a lane's endpoint from thread to thread, one at a time, for a poll or a send. Uncontended it costs one
/// compare-and-swap; a lock would cost as much as the rest of a hot invocation's own work.
/// </summary>
internal struct LaneGate
{
    private int _isTaken;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnter() => Volatile.Read(ref _isTaken) == 0 && Interlocked.CompareExchange(ref _isTaken, 1, 0) == 0;

    /// <summary>Waits for the gate: polls hold it for nanoseconds, and a sleeper is woken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter(FabricEndpoint endpoint)
    {
        if (!TryEnter())
        {
            EnterContended(endpoint);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Exit() => Volatile.Write(ref _isTaken, 0);

    private void EnterContended(FabricEndpoint endpoint)
    {
        int tries = 0;
        while (!TryEnter())
        {
            if (tries++ % 64 == 0)
            {
                endpoint.Wake();
            }

            if (tries < 1_000)
            {
                Thread.SpinWait(8);
            }
            else
            {
                Thread.Yield();
            }
        }
    }
}
