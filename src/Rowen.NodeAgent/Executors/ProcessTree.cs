using System.Globalization;
using Rowen.NodeAgent.Capacity;
using Rowen.Protocol.Executors;

namespace Rowen.NodeAgent.Executors;

/// <summary>A process and everything that it started, as /proc shows it: the watch where no control group does it.</summary>
internal static class ProcessTree
{
    /// <summary>Finds all living processes that descend from one, itself included.</summary>
    /// <param name="root">Id of the first process, and of its group.</param>
    /// <param name="known">Who was found before: those whose parent has ended since still belong to it.</param>
    /// <param name="scratchFolder">If given, whoever was started with that executor's folder in its environment belongs to it as well.</param>
    public static IReadOnlyList<TreeProcess> Read(int root, IReadOnlyList<TreeProcess> known, string? scratchFolder = null)
    {
        List<TreeProcess> all = [.. Directory.EnumerateDirectories("/proc")
            .Select(folder => Path.GetFileName(folder))
            .Where(name => char.IsAsciiDigit(name[0]))
            .Select(name => TreeProcess.ParseOrNone(SystemFile.ReadOrNone($"/proc/{name}/stat")))
            .OfType<TreeProcess>()];
        ILookup<int, TreeProcess> children = all.ToLookup(process => process.ParentId);
        string? mark = scratchFolder is null ? null : ExecutorEnvironment.TemporaryFolder(scratchFolder);
        List<TreeProcess> found = [.. all.Where(process =>
            process.Id == root || process.GroupId == root || known.Any(member => IsSame(member, process))
            || (mark is not null && IsStartedBy(mark, process.Id)))];
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
        return TreeProcess.ParseOrNone(SystemFile.ReadOrNone(stat)) is { } now && IsSame(process, now);
    }

    /// <summary>Not by its working folder: a person may look around in there.</summary>
    private static bool IsStartedBy(string temporaryFolder, int id) =>
        SystemFile.ReadOrNone(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/environ")) is { } environment
        && environment.Split('\0').Any(entry => entry == $"TMPDIR={temporaryFolder}"
            || entry.StartsWith($"{CommandMark.Variable}={temporaryFolder}:", StringComparison.Ordinal));

    private static bool IsSame(TreeProcess one, TreeProcess other) => one.Id == other.Id && one.StartedAtTicks == other.StartedAtTicks;
}
