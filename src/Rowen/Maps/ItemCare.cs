namespace Rowen.Maps;

/// <summary>What is to be heeded when an item is sent.</summary>
internal enum ItemCare : byte
{
    /// <summary>Nothing: it may share an invocation with others.</summary>
    None = 0,

    /// <summary>It was under way when an executor died: not with others in one invocation, so that it is known whether it was.</summary>
    Alone = 1,

    /// <summary>It was under way each time: nothing else runs on its lease, so that nobody else can be to blame.</summary>
    Isolated = 2,
}
