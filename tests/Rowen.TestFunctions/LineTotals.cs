namespace Rowen.TestFunctions;

public readonly record struct LineTotals(long Count, long Sum);
