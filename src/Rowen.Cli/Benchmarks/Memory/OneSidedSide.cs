using Rowen.Cli.Benchmarks.Floors;

namespace Rowen.Cli.Benchmarks.Memory;

/// <summary>libfabric's own one-sided operation between two processes written in C, which time themselves.</summary>
internal sealed class OneSidedSide(LibfabricFloor floor, bool isRead, int bytes, TimeSpan roundTime) : MemorySide
{
    private int _count = 1;

    public override void Prepare()
    {
        _ = floor.Access(isRead, bytes, count: 1);
        _count = CountFor(roundTime, floor.Access(isRead, bytes, count: 1).MedianUs);
    }

    public override void RunRound() => Rounds.Add(floor.Access(isRead, bytes, _count));
}
