namespace Rowen.TestFunctions;

public readonly record struct Pair(int Left, int Right);
