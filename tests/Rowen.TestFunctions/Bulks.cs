using Rowen.Functions;

namespace Rowen.TestFunctions;

/// <summary>Functions with large results, and such that take them.</summary>
public static class Bulks
{
    /// <summary>Length of what <see cref="Make"/> makes of an even seed; odd ones give a hundredth of it.</summary>
    public const int LargeBytes = 300_000;

    /// <summary>Bytes that follow from a number.</summary>
    [Function("make-bulk")]
    public static byte[] Make(int seed)
    {
        byte[] bytes = new byte[seed % 2 == 0 ? LargeBytes : LargeBytes / 100];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Likewise, later: every hundredth second one more.</summary>
    public static async Task<byte[]> MakeLater(int seed)
    {
        await Task.Delay(10).ConfigureAwait(false);
        return Make(seed);
    }

    /// <summary>As many milliseconds later, and of at least <see cref="LargeBytes"/>; says in a file that it has begun.</summary>
    public static byte[] MakeSlowly((string File, int Milliseconds) order)
    {
        File.WriteAllText(order.File, "began");
        Thread.Sleep(order.Milliseconds);
        return Make(0);
    }

    /// <summary>Each byte changed.</summary>
    public static byte[] Invert(byte[] bytes) => Array.ConvertAll(bytes, one => (byte)~one);

    /// <summary>A number that follows from bytes.</summary>
    public static long Sum(byte[] bytes) => bytes.Aggregate(0L, (sum, one) => (sum * 31) + one);

    /// <summary>Sums, place by place; as long as the longest.</summary>
    public static byte[] Add(byte[][] parts)
    {
        byte[] sum = new byte[parts.Length == 0 ? 0 : parts.Max(part => part.Length)];
        foreach (byte[] part in parts)
        {
            for (int i = 0; i < part.Length; i++)
            {
                sum[i] += part[i];
            }
        }

        return sum;
    }

    /// <summary>The same bytes under two keys.</summary>
    public static Dictionary<string, byte[]> MakeTwice(int seed) => new() { ["all"] = Make(seed), [$"rest {seed % 3}"] = Make(seed) };
}
