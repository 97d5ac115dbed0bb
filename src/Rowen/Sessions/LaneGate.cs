using System.Runtime.CompilerServices;
using Rowen.Fabric;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Sessions;

/// <summary>Hands a lane's endpoint, slots and calls from thread to thread, one at a time.</summary>
/// <remarks>
/// <para>It leans towards the thread that entered first: most lanes are used by one thread alone, which then enters and
/// leaves with plain stores, while a compare-and-swap would cost as much as the rest of a hot call's own work.</para>
/// <para>The first other thread ends the leaning for good. It says so, issues a barrier for the whole process, and then
/// sees whether the leaning thread is inside: that one has either seen the word before it entered, or is seen.</para>
/// </remarks>
internal struct LaneGate
{
    private const int Leans = 0;
    private const int EndsLeaning = 1;
    private const int LeansNoMore = 2;

    private int _state;
    private int _hasLeaned;
    private StackRange _leansTo;
    private int _isInside;
    private int _isTaken;
    private int _wanted;

    /// <summary>Whether a thread waits in <see cref="Enter"/>: whoever polls lets it through.</summary>
    public bool IsWanted => Volatile.Read(ref _wanted) != 0;

    /// <summary>Enters if nobody is inside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnter()
    {
        if (_leansTo.IsCurrent)
        {
            Volatile.Write(ref _isInside, 1);
            if (Volatile.Read(ref _state) == Leans)
            {
                return true;
            }

            Volatile.Write(ref _isInside, 0);
        }

        return TryEnterShared();
    }

    /// <summary>Waits for the gate: polls let us through within nanoseconds, and a sleeper is woken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter(FabricEndpoint endpoint)
    {
        if (!TryEnter())
        {
            EnterContended(endpoint);
        }
    }

    /// <summary>Leaves; whoever is inside alone calls it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Exit()
    {
        if (_isTaken != 0)
        {
            Volatile.Write(ref _isTaken, 0);
        }
        else
        {
            Volatile.Write(ref _isInside, 0);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryEnterShared()
    {
        if (_hasLeaned == 0 && Interlocked.Exchange(ref _hasLeaned, 1) == 0)
        {
            _leansTo = StackRange.OfCurrentThread();
            return _leansTo.IsCurrent ? TryEnter() : TryEnterShared();
        }

        if (Volatile.Read(ref _state) != LeansNoMore)
        {
            Volatile.Write(ref _state, EndsLeaning);
            Interlocked.MemoryBarrierProcessWide();
            Volatile.Write(ref _state, LeansNoMore);
        }

        return Volatile.Read(ref _isInside) == 0
            && Volatile.Read(ref _isTaken) == 0
            && Interlocked.CompareExchange(ref _isTaken, 1, 0) == 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterContended(FabricEndpoint endpoint)
    {
        Interlocked.Increment(ref _wanted);
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

        Interlocked.Decrement(ref _wanted);
    }
}
