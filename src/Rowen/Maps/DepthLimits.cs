namespace Rowen.Maps;

/// <summary>When a lane has its next invocation at the executor before the last one is done.</summary>
/// <param name="Short">Of items below it; of those twice as long not any more. The wait that this may cause elsewhere is as short.</param>
/// <param name="Paired">Of items below it one waits at the executor while another runs; of those twice as long not any more.</param>
/// <param name="Max">How many a lane has under way at most.</param>
internal readonly record struct DepthLimits(TimeSpan Short, TimeSpan Paired, int Max)
{
    /// <summary>
    /// Functions: half a millisecond is several times a round trip. Where both ends have fallen asleep meanwhile it takes 0.15 ms and more, a fortieth of 6 ms and a hundredth of 15;
    /// the wait behind another that this may cost an item at the map's end is not longer than that one.
    /// </summary>
    public static DepthLimits OfFunctions { get; } = new(TimeSpan.FromMicroseconds(500), TimeSpan.FromMilliseconds(15), 4);

    /// <summary>
    /// Commands: none is shorter than the start of a process, a millisecond or more where the machine is busy. One that waits is
    /// enough, since what it saves is one round trip.
    /// </summary>
    public static DepthLimits OfCommands { get; } = new(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(5), 2);
}
