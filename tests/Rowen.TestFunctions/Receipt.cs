namespace Rowen.TestFunctions;

public sealed record Receipt(int Lines, int TotalCents);
