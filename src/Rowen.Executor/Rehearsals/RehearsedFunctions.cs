using System.Diagnostics.CodeAnalysis;
using Rowen.Functions;

namespace Rowen.Executor.Rehearsals;

/// <summary>What the rehearsal loads and calls: one function of each form.</summary>
[SuppressMessage("Performance", "CA1811:Avoid uncalled private code", Justification = "Called as functions.")]
internal static class RehearsedFunctions
{
    public const string Bytes = "bytes";
    public const string Value = "value";

    [Function(Bytes)]
    private static int TakeBytes(ReadOnlySpan<byte> input, Span<byte> output)
    {
        input.CopyTo(output);
        return input.Length;
    }

    [Function(Value)]
    private static int TakeValue(int value) => value;
}
