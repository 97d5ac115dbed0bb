using System.Diagnostics;
using System.Globalization;

namespace Rowen.Cli.Benchmarks.Floors;

/// <summary>One of the two C processes of libfabric's floor. It sleeps on its standard input between orders.</summary>
internal sealed class LibfabricFloorProcess : IDisposable
{
    private static readonly TimeSpan MaxEnd = TimeSpan.FromSeconds(5);

    private readonly Process _process;

    /// <summary>Starts it on a core of its own.</summary>
    /// <param name="program">The compiled program.</param>
    /// <param name="place">Provider and address.</param>
    /// <param name="core">The core to which it pins itself.</param>
    /// <param name="placeCount">How many places the peer may write to.</param>
    /// <param name="placeBytes">The size of each.</param>
    public LibfabricFloorProcess(string program, LibfabricPlace place, int core, int placeCount, int placeBytes)
    {
        var start = new ProcessStartInfo(program, [place.Provider, place.Address, Number(core), Number(placeCount), Number(placeBytes)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        _process = Process.Start(start)!;
    }

    public void Order(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>What it answers after a word that must come first.</summary>
    /// <exception cref="IOException">It ended, or said something else; the message holds what it complained about.</exception>
    public string Await(string word)
    {
        string? line = _process.StandardOutput.ReadLine(); // bounded: the process gives up after five seconds without its peer
        return line is not null && line.StartsWith(word, StringComparison.Ordinal)
            ? line[word.Length..].Trim()
            : throw new IOException($"libfabric's floor said '{line ?? Complaint()}' instead of '{word}'.");
    }

    /// <summary>Numbers of nanoseconds after such a word, in microseconds.</summary>
    public double[] AwaitTimes(string word) =>
        [.. Await(word).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(each => double.Parse(each, CultureInfo.InvariantCulture) / 1000)];

    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close(); // on which it ends
        }
        catch (IOException)
        {
            // it has ended already
        }

        if (!_process.WaitForExit(MaxEnd))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private string Complaint() => _process.StandardError.ReadToEnd().Trim();
}
