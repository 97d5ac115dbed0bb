using System.Globalization;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>The threads of a process, by the kernel's numbers.</summary>
internal static class ProcessThreads
{
    /// <summary>Bounds a process that starts threads without end: what they inherit has reached them long before.</summary>
    private const int MaxPasses = 16;

    /// <summary>Does something to every thread: to those that are, and to those that one of them has started meanwhile.</summary>
    /// <param name="processId">The process.</param>
    /// <param name="act">Takes the number of a thread, which may have ended; what it sets must be inherited by new threads.</param>
    /// <returns>False if the process is gone, or belongs to another user.</returns>
    public static bool TryForEach(int processId, Action<int> act)
    {
        // A thread that comes later in a pass may have made another one meanwhile: look until a pass finds nobody new.
        HashSet<int> known = [];
        int before = -1;
        for (int pass = 0; pass < MaxPasses && known.Count != before; pass++)
        {
            before = known.Count;
            foreach (int thread in Find(processId).Where(known.Add))
            {
                act(thread);
            }
        }

        return known.Count > 0;
    }

    private static List<int> Find(int processId)
    {
        string folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/task");
        try
        {
            return [.. Directory.EnumerateDirectories(folder)
                .Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
