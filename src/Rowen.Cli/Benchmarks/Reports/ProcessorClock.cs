using System.Globalization;
using Rowen.Fabric.OperatingSystem;

namespace Rowen.Cli.Benchmarks.Reports;

/// <summary>Processor time of processes, to the nanosecond, as the scheduler counts it.</summary>
internal static class ProcessorClock
{
    /// <summary>Processes that descend from one, by the kernel's own account.</summary>
    public static IReadOnlyList<int> DescendantsOf(int process)
    {
        ILookup<int, int> children = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int id) ? id : 0)
            .Where(id => id > 0)
            .ToLookup(ParentOf);
        var found = new List<int>();
        for (var open = new Queue<int>([process]); open.TryDequeue(out int next);)
        {
            found.AddRange(children[next]);
            foreach (int child in children[next])
            {
                open.Enqueue(child);
            }
        }

        return found;
    }

    /// <summary>Time on a processor of all threads, those that ended included.</summary>
    public static TimeSpan UsedBy(IEnumerable<int> processes) =>
        TimeSpan.FromMicroseconds(processes.Sum(ChildProcess.GetProcessorNs) / 1000);

    private static int ParentOf(int process)
    {
        string text = ReadOrEmpty($"/proc/{process}/stat");
        string[] fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 1 ? int.Parse(fields[1], CultureInfo.InvariantCulture) : 0;
    }

    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return string.Empty; // it has ended
        }
    }
}
