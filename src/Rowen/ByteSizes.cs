namespace Rowen;

/// <summary>Sizes as people write them: <c>64.MiB()</c>.</summary>
public static class ByteSizes
{
    /// <summary>So many times 1,024 bytes.</summary>
    /// <param name="count">How many.</param>
    public static long KiB(this int count) => (long)count << 10;

    /// <summary>So many times 1,048,576 bytes.</summary>
    /// <param name="count">How many.</param>
    public static long MiB(this int count) => (long)count << 20;

    /// <summary>So many times 1,073,741,824 bytes.</summary>
    /// <param name="count">How many.</param>
    public static long GiB(this int count) => (long)count << 30;
}
