using System.Globalization;
using Rowen.Functions;

namespace Rowen.TestFunctions;

/// <summary>Functions that leave a trace each time they run.</summary>
public static class Witnesses
{
    private static readonly Lock Writing = new();
    private static FileStream? _open;

    /// <summary>Of <c>file|item|milliseconds</c>: adds a line to a file of that name and this process, and sleeps.</summary>
    [Function]
    public static int RecordAndSleep(string input)
    {
        string[] parts = input.Split('|');
        Record(parts[0], parts[1]);
        Thread.Sleep(int.Parse(parts[2], CultureInfo.InvariantCulture));
        return int.Parse(parts[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Of <c>file|item|mended</c>: adds a line likewise, unless the item is odd and nothing is mended yet.</summary>
    [Function]
    public static void RecordUnlessOdd(string input)
    {
        string[] parts = input.Split('|');
        if (int.Parse(parts[1], CultureInfo.InvariantCulture) % 2 == 1 && !File.Exists(parts[2]))
        {
            throw new InvalidOperationException($"{parts[1]} is odd");
        }

        Record(parts[0], parts[1]);
    }

    /// <summary>Of <c>file|item|gate</c>: adds a line likewise, and takes a tenth of a second unless there is a file named gate.</summary>
    [Function]
    public static int RecordSlowlyUntil(string input)
    {
        string[] parts = input.Split('|');
        Record(parts[0], parts[1]);
        Thread.Sleep(File.Exists(parts[2]) ? 0 : 100);
        return int.Parse(parts[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until there is a file of that name, for two minutes at most, and gives the length of what it is called; no name, no wait.</summary>
    [Function]
    public static int WaitForFile(string file)
    {
        for (int naps = 0; naps < 12_000 && file.Length > 0 && !File.Exists(file); naps++)
        {
            Thread.Sleep(10);
        }

        return Path.GetFileName(file).Length;
    }

    [Function]
    public static string ThrowUnlessFine(string input) => input == "fine" ? input : throw new InvalidOperationException(input);

    /// <summary>Letters of what <see cref="RecordFast"/> writes, without the end of the line.</summary>
    public const int FastLineLength = 6;

    /// <summary>Of <c>file|item</c>: adds the item's six digits to a file of that name and this process, which stays open.</summary>
    [Function]
    public static int RecordFast(string input)
    {
        int cut = input.IndexOf('|', StringComparison.Ordinal);
        int item = int.Parse(input.AsSpan(cut + 1), CultureInfo.InvariantCulture);
        lock (Writing)
        {
            _open ??= new FileStream($"{input[..cut]}.{Environment.ProcessId}", new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, BufferSize = 0 });
            _open.Write(System.Text.Encoding.ASCII.GetBytes($"{item:D6}\n"));
        }

        return item;
    }

    private static void Record(string file, string line)
    {
        lock (Writing)
        {
            File.AppendAllText($"{file}.{Environment.ProcessId}", $"{line}\n"); // one each: appending is not atomic between processes
        }
    }
}
