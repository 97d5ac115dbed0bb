namespace Rowen.LentMemory;

/// <summary>One copy of some bytes. Thread safety: any thread.</summary>
/// <param name="block">Where it lies.</param>
/// <param name="isWhole">Whether it has all the bytes already; otherwise it is written to, and not read.</param>
internal sealed class MirroredCopy(LentBlock block, bool isWhole)
{
    private volatile bool _isWhole = isWhole;
    private volatile bool _hasFailed;

    public LentBlock Block { get; } = block;

    /// <summary>Whether it may lack a write, or was taken out.</summary>
    public bool HasFailed => _hasFailed;

    /// <summary>Whether what is written must go there, too.</summary>
    public bool TakesWrites => !_hasFailed && !Block.IsLost;

    /// <summary>Whether it has every byte, as far as is known.</summary>
    public bool IsLive => _isWhole && TakesWrites;

    /// <summary>Whether it has, and its memory is not being taken back.</summary>
    public bool IsStaying => IsLive && !Block.IsLeaving;

    /// <summary>Whether another one should take its place.</summary>
    public bool IsToReplace => _hasFailed || Block.IsLeaving;

    public void BecomeWhole() => _isWhole = true;

    /// <summary>It may lack a write from now on: never looked at again.</summary>
    public void Fail() => _hasFailed = true;
}
