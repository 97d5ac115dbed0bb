namespace Rowen.TestFunctions;

public sealed record Order(string Customer, IReadOnlyList<OrderItem> Items);
