using Rowen.Fabric.Memory;

namespace Rowen.Fabric.Libfabric;

/// <summary>What one side has started on a connection and is not over: as many as <see cref="MaxCount"/>.</summary>
internal sealed class OfiOperations
{
    /// <summary>How many operations may be under way.</summary>
    public const int MaxCount = 64;

    private readonly OfiOperation[] _all = new OfiOperation[MaxCount];
    private readonly int[] _free = new int[MaxCount];
    private int _freeCount;

    public OfiOperations() => Clear();

    public ref OfiOperation this[int number] => ref _all[number];

    /// <summary>Takes a place for an operation; -1 if there is none.</summary>
    public int TakeOrNone() => _freeCount > 0 ? _free[--_freeCount] : -1;

    /// <summary>The operation is over.</summary>
    public void Free(int number)
    {
        _all[number].State = OfiOperationState.Free;
        _all[number].Local = null;
        _free[_freeCount++] = number;
    }

    /// <summary>Whether an operation under way reads or writes this memory of ours.</summary>
    public bool Uses(RegisteredMemory memory)
    {
        if (_freeCount == MaxCount)
        {
            return false; // mostly: then the search would cost more than the rest of the access
        }

        foreach (ref OfiOperation operation in _all.AsSpan())
        {
            if (operation.Local == memory)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether somebody waits to learn where this memory of the peer is.</summary>
    public bool IsAsking(ulong key)
    {
        foreach (ref OfiOperation operation in _all.AsSpan())
        {
            if (operation.State == OfiOperationState.Asking && operation.Key == key)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>All are over.</summary>
    public void Clear()
    {
        Array.Clear(_all);
        for (_freeCount = 0; _freeCount < MaxCount; _freeCount++)
        {
            _free[_freeCount] = MaxCount - 1 - _freeCount;
        }
    }
}
