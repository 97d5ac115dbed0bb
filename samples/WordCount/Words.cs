using Rowen.Functions;

namespace WordCount;

/// <summary>Functions of the demo.</summary>
public static class Words
{
    /// <summary>Echoes its input: the least that a function can do, for measuring.</summary>
    /// <param name="input">Any bytes.</param>
    /// <param name="output">At least as long as the input.</param>
    /// <returns>Length of the input.</returns>
    [Function]
    public static int Echo(ReadOnlySpan<byte> input, Span<byte> output)
    {
        input.CopyTo(output);
        return input.Length;
    }
}
