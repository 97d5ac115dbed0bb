namespace Rowen.Jobs;

/// <summary>What the journal says about an item last.</summary>
/// <param name="State">Whether it has a result.</param>
/// <param name="Run">In which run it was settled.</param>
/// <param name="Record">Where and when it ran.</param>
/// <param name="Kind">What holds its result or its fault.</param>
/// <param name="Position">Where in the journal that is.</param>
/// <param name="Bytes">How long it is there.</param>
internal readonly record struct SettledItem(
    ItemState State, int Run, ItemRecord Record, JobRecordKind Kind, long Position, int Bytes);
