using System.Globalization;
using Rowen.NodeAgent.Capacity;

namespace Rowen.NodeAgent.Executors;

/// <summary>A process and everything that it started, as /proc shows it: the watch where no control group does it.</summary>
internal static class ProcessTree
{
    /// <summary>Finds all living processes that descend from one, itself included.</summary>
    public static IReadOnlyList<TreeProcess> Read(int root)
    {
        List<TreeProcess> all = [.. Directory.EnumerateDirectories("/proc")
            .Select(folder => Path.GetFileName(folder))
            .Where(name => char.IsAsciiDigit(name[0]))
            .Select(name => TreeProcess.ParseOrNone(SystemFile.ReadOrNone($"/proc/{name}/stat")))
            .OfType<TreeProcess>()];
        ILookup<int, TreeProcess> children = all.ToLookup(process => process.ParentId);
        List<TreeProcess> found = [.. all.Where(process => process.Id == root || process.GroupId == root)];
        HashSet<int> ids = [.. found.Select(process => process.Id)];
        for (int i = 0; i < found.Count; i++)
        {
            found.AddRange(children[found[i].Id].Where(child => ids.Add(child.Id)));
        }

        return found;
    }

    /// <summary>The process again, if it still is the same one: ids are used again, start times are not.</summary>
    public static bool IsSame(TreeProcess process)
    {
        string stat = string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/stat");
        return TreeProcess.ParseOrNone(SystemFile.ReadOrNone(stat))?.StartedAtTicks == process.StartedAtTicks;
    }
}
