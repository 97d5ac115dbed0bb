namespace Rowen.Maps;

/// <summary>Looks at what a function has answered.</summary>
/// <param name="index">Of the item.</param>
/// <param name="answer">The result as it came; gone when this returns.</param>
internal delegate bool AnswerTest(long index, ReadOnlySpan<byte> answer);
