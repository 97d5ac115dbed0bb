using System.Diagnostics;
using Rowen.Functions;

namespace Rowen.TestFunctions;

/// <summary>Functions whose behavior depends on their item.</summary>
public static class Moody
{
    private static readonly TimeSpan Effort = TimeSpan.FromMicroseconds(50);
    private static readonly List<byte[]> Hoard = [];
    private static int _failures;

    /// <summary>Its item; 13 takes the executor with it.</summary>
    [Function]
    public static int KillAtThirteen(int item)
    {
        if (item == 13)
        {
            Environment.Exit(13);
        }

        return item;
    }

    /// <summary>Twice its item, after 50 microseconds of work: so that something is under way whenever somebody is killed.</summary>
    [Function]
    public static int TwiceWithEffort(int item)
    {
        long startedAt = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(startedAt) < Effort)
        {
            Thread.SpinWait(10);
        }

        return 2 * item;
    }

    /// <summary>Its item; every multiple of 100 fails the first time in each process.</summary>
    [Function]
    public static int FailFirst(int item) => item % 100 == 0 && Interlocked.Increment(ref _failures) % 2 == 1
        ? throw new InvalidOperationException($"item {item} is moody")
        : item;

    /// <summary>Its item; fails in two ways.</summary>
    [Function]
    public static int FailInTwoWays(int item) => (item % 10) switch
    {
        3 => throw new InvalidOperationException($"item {item} is odd"),
        5 => throw new ArgumentException($"no '{item}' here"),
        _ => item,
    };

    /// <summary>Sleeps that many milliseconds, the first time that a file is not there; later it returns at once.</summary>
    [Function]
    public static int SleepOnce(string file)
    {
        try
        {
            File.Open(file, FileMode.CreateNew).Dispose();
        }
        catch (IOException)
        {
            return 1;
        }

        Thread.Sleep(60_000);
        return 0;
    }

    /// <summary>Touches that many mebibytes, keeps them for the length of the call, and returns the number.</summary>
    [Function]
    public static int Touch(int mebibytes)
    {
        for (int i = 0; i < mebibytes; i += 8)
        {
            byte[] piece = GC.AllocateUninitializedArray<byte>(8 << 20);
            piece.AsSpan().Fill(0x2A);
            Hoard.Add(piece);
        }

        Hoard.Clear();
        return mebibytes;
    }

    [Function]
    public static int Twice(int item) => 2 * item;

    [Function]
    public static int Sum(int[] values) => values.Sum();

    /// <summary>Digits of a number, counted.</summary>
    [Function]
    public static Dictionary<string, int> Digits(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture)
        .GroupBy(digit => digit.ToString()).ToDictionary(group => group.Key, group => group.Count());

    /// <summary>Writes the first file, waits until it is asked to stop, and writes the second.</summary>
    [Function]
    public static int WaitForStop(string[] files)
    {
        File.WriteAllText(files[0], "begun");
        if (Stopping.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(50)))
        {
            File.WriteAllText(files[1], "asked to stop");
        }

        return 0;
    }

    /// <summary>Null stays null.</summary>
    [Function]
    public static string? Same(string? text) => text;
}
