using Rowen.Functions;

namespace Rowen.TestFunctions;

public static class Echoes
{
    [Function]
    public static int Echo(ReadOnlySpan<byte> input, Span<byte> output)
    {
        input.CopyTo(output);
        return input.Length;
    }
}
