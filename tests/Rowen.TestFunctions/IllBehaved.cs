using System.Runtime.CompilerServices;
using Rowen.Functions;

namespace Rowen.TestFunctions;

/// <summary>Functions that do what functions should not.</summary>
public static class IllBehaved
{
    private static readonly List<byte[]> Hoard = [];

    [Function]
    public static int Throw(int value)
    {
        try
        {
            return 100 / (value - value);
        }
        catch (DivideByZeroException cause)
        {
            throw new InvalidOperationException($"no result for {value}", cause);
        }
    }

    [Function]
    public static async Task<int> ThrowLater(int value)
    {
        await Task.Yield();
        throw new InvalidOperationException($"no later result for {value}");
    }

    [Function]
    public static int Exit(int code)
    {
        Environment.Exit(code);
        return code;
    }

    [Function]
    public static int OverflowStack(int depth) => Descend(depth) + depth;

    /// <summary>Takes memory and uses it, until there is none.</summary>
    [Function]
    public static long EatMemory()
    {
        while (true)
        {
            byte[] piece = GC.AllocateUninitializedArray<byte>(16 << 20);
            piece.AsSpan().Fill(0x2A);
            Hoard.Add(piece);
        }
    }

    [Function]
    public static void NeverReturn()
    {
        while (true)
        {
            Thread.Sleep(Timeout.Infinite);
        }
    }

    [Function]
    public static void SpinForEver()
    {
        while (true)
        {
            Thread.SpinWait(1000);
        }
    }

    [Function]
    public static int Sleep(int milliseconds)
    {
        Thread.Sleep(milliseconds);
        return milliseconds;
    }

    [Function]
    public static void Print(string text)
    {
        Console.Out.WriteLine(text);
        Console.Error.WriteLine($"warning: {text}");
    }

    /// <summary>Prints that many lines of 100 characters.</summary>
    [Function]
    public static void PrintLines(int count)
    {
        for (int line = 0; line < count; line++)
        {
            Console.Out.WriteLine($"{line:D10} {new string('.', 88)}");
        }
    }

    /// <summary>Prints that many mebibytes, and returns the number.</summary>
    [Function]
    public static int PrintMebibytes(int count)
    {
        byte[] lines = new byte[1 << 20];
        Array.Fill(lines, (byte)'.');
        for (int at = 127; at < lines.Length; at += 128)
        {
            lines[at] = (byte)'\n';
        }

        using Stream output = Console.OpenStandardOutput();
        for (int i = 0; i < count; i++)
        {
            output.Write(lines);
        }

        return count;
    }

    /// <summary>That many zeros, of eight bytes each.</summary>
    [Function]
    public static long[] ReturnLongs(int count) => new long[count];

    /// <summary>Its number; zero takes memory and uses it, until there is none.</summary>
    [Function]
    public static long EatMemoryAtZero(int number)
    {
        byte[] own = new byte[1 << 20];
        own.AsSpan().Fill(1);
        return number == 0 ? EatMemory() : number * own[^1];
    }

    [Function]
    public static int ReturnNegativeLength(ReadOnlySpan<byte> input, Span<byte> output) => -1 - input.Length - output.Length;

    [Function]
    public static int ReturnTooGreatLength(ReadOnlySpan<byte> input, Span<byte> output) => output.Length + 1 + input.Length;

    [Function]
    public static int FailsToInitialize() => Broken.Value;

    [Function]
    public static int HasTwoParameters(int left, int right) => left + right;

    [Function]
    public static T IsGeneric<T>(T value) => value;

    [Function]
    public static ReadOnlySpan<byte> ReturnsSpan(int length) => new byte[length];

    [Function]
    public static Stream TakesStream(Stream stream) => stream;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Descend(int depth)
    {
        Span<byte> room = stackalloc byte[4096];
        room.Fill((byte)depth);
        return Descend(depth + 1) + room[depth & 4095];
    }

    private static class Broken
    {
        public static int Value { get; } = int.Parse("not a number", System.Globalization.CultureInfo.InvariantCulture);
    }
}
