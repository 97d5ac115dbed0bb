namespace Rowen.Jobs;

/// <summary>Whether an item of a job is settled.</summary>
internal enum ItemState : byte
{
    Pending = 0,
    Done = 1,
    Failed = 2,
}
