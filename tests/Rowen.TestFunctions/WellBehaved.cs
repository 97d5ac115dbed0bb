using Rowen.Functions;

namespace Rowen.TestFunctions;

/// <summary>Functions of every form that does what it should.</summary>
public static class WellBehaved
{
    private static int _count;

    [Function]
    public static int Echo(ReadOnlySpan<byte> input, Span<byte> output)
    {
        input.CopyTo(output);
        return input.Length;
    }

    [Function]
    public static int AddPair(Pair pair) => pair.Left + pair.Right;

    [Function]
    public static double SumOfSpan(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        return sum;
    }

    [Function]
    public static double SumOfMemory(ReadOnlyMemory<double> values) => SumOfSpan(values.Span);

    [Function]
    public static double SumOfArray(double[] values) => SumOfSpan(values);

    /// <summary>As many mebibytes as could be had at once, up to what is asked for.</summary>
    [Function]
    public static int HoldMebibytes(int count)
    {
        var held = new List<byte[]>();
        try
        {
            while (held.Count < count)
            {
                held.Add(new byte[1 << 20]);
            }
        }
        catch (OutOfMemoryException)
        {
            // As many as there are.
        }

        return held.Count;
    }

    [Function]
    public static string Greet(string name) => $"Hello, {name}!";

    [Function]
    public static Receipt Buy(Order order) => new(order.Items.Count, order.Items.Sum(item => item.Cents * item.Count));

    [Function]
    public static Dictionary<string, int> Lengths(string[] words) => words.ToDictionary(word => word, word => word.Length);

    [Function]
    public static async Task<int> TwiceLater(int value)
    {
        await Task.Yield();
        return 2 * value;
    }

    [Function]
    public static async ValueTask<double> SumLater(ReadOnlyMemory<double> values)
    {
        await Task.Yield();
        return SumOfSpan(values.Span);
    }

    [Function]
    public static Task DoNothingLater() => Task.CompletedTask;

    [Function]
    public static void Forget(int value) => _ = value;

    [Function]
    public static int Answer() => 42;

    [Function]
    public static string? None() => null;

    [Function("a name of its own")]
    public static int Named(int value) => -value;

    /// <summary>As many bytes as asked for: 0, 1, 2, … 255, 0, …</summary>
    [Function]
    public static byte[] Fill(int length)
    {
        byte[] bytes = new byte[length];
        for (int index = 0; index < length; index++)
        {
            bytes[index] = (byte)index;
        }

        return bytes;
    }

    [Function]
    public static ulong Checksum(ReadOnlySpan<byte> input)
    {
        ulong sum = 0;
        foreach (byte value in input)
        {
            sum += value;
        }

        return sum;
    }

    /// <summary>How often it was called in this process, this call included.</summary>
    [Function]
    public static int Count() => Interlocked.Increment(ref _count);

    [Function]
    public static int Square(int value) => value * value;

    [Function]
    public static int ProcessId() => Environment.ProcessId;
}
