namespace Rowen.TestFunctions;

public sealed record OrderItem(string Name, int Count, int Cents);
