namespace Rowen.Maps;

/// <summary>What became of an attempt to send an item.</summary>
internal enum MapStart
{
    /// <summary>It is on its way.</summary>
    Started = 0,

    /// <summary>Every slot of the lane is taken, by others.</summary>
    NoSlot = 1,

    /// <summary>It cannot be sent at all.</summary>
    Failed = 2,
}
