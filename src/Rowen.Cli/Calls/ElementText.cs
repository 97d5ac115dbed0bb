using System.Runtime.InteropServices;

namespace Rowen.Cli.Calls;

/// <summary>The text of a single number, truth value or character.</summary>
internal abstract class ElementText<T> : TextForm
    where T : unmanaged
{
    public override bool TakesNothing => false;

    /// <summary>An array of two of them, for <see cref="ArrayText{T}"/>.</summary>
    public abstract string ExampleOfArray { get; }

    public abstract bool TryParse(string text, out T value);

    public abstract string Format(T value);

    /// <summary>The value within a JSON array.</summary>
    public abstract string FormatJson(T value);

    public override byte[]? ParseOrNone(string text)
    {
        if (!TryParse(text, out T value))
        {
            return null;
        }

        return MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref value, 1)).ToArray();
    }

    public override string? FormatOrNone(ReadOnlySpan<byte> payload)
    {
        ReadOnlySpan<T> values = MemoryMarshal.Cast<byte, T>(payload);
        return values.Length == 1 && MemoryMarshal.AsBytes(values).Length == payload.Length ? Format(values[0]) : null;
    }
}
