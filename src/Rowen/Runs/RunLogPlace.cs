namespace Rowen.Runs;

/// <summary>Where an item's record lies in a log.</summary>
internal readonly record struct RunLogPlace(RunLogEntry Entry, long BodyAt);
