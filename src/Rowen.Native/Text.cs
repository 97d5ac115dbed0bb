using System.Runtime.InteropServices;

namespace Rowen.Native;

/// <summary>Strings of C: UTF-8, and a zero at the end.</summary>
internal static unsafe class Text
{
    public static string? OrNull(byte* text) => Marshal.PtrToStringUTF8((nint)text);

    /// <exception cref="ArgumentException">It is NULL.</exception>
    public static string Read(byte* text, string what) => OrNull(text) ?? throw new ArgumentException($"{what} is NULL.", nameof(text));
}
