namespace Rowen.NodeAgent.Capacity;

/// <summary>Folders of the control groups in which this process runs, as far as this machine has them.</summary>
/// <param name="MemoryV1">Of the memory controller of version 1.</param>
/// <param name="ProcessorV1">Of the cpu controller of version 1.</param>
/// <param name="Unified">Of version 2.</param>
internal sealed record ControlGroups(ControlGroup? MemoryV1, ControlGroup? ProcessorV1, ControlGroup? Unified)
{
    /// <summary>Reads them for this process.</summary>
    public static ControlGroups OfThisProcess()
    {
        try
        {
            return Parse(File.ReadAllText("/proc/self/mountinfo"), File.ReadAllText("/proc/self/cgroup"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new ControlGroups(null, null, null);
        }
    }

    /// <summary>Finds them from what the kernel says.</summary>
    /// <param name="mountInfo">Content of /proc/self/mountinfo.</param>
    /// <param name="membership">Content of /proc/self/cgroup.</param>
    public static ControlGroups Parse(string mountInfo, string membership)
    {
        ControlGroup? memory = null;
        ControlGroup? processor = null;
        ControlGroup? unified = null;
        foreach (string line in mountInfo.Split('\n'))
        {
            // "36 25 0:31 /root /mount/point rw - cgroup cgroup rw,memory"; what stands before the dash varies in number
            string[] halves = line.Split(" - ");
            string[] place = halves[0].Split(' ');
            string[] kind = halves.Length == 2 ? halves[1].Split(' ') : [];
            if (place.Length < 5 || kind.Length < 3)
            {
                continue;
            }

            string[] controllers = kind[2].Split(',');
            if (kind[0] == "cgroup2")
            {
                unified ??= Locate(place[3], place[4], FindPath(membership, string.Empty));
            }
            else if (kind[0] == "cgroup" && controllers.Contains("memory"))
            {
                memory ??= Locate(place[3], place[4], FindPath(membership, "memory"));
            }
            else if (kind[0] == "cgroup" && controllers.Contains("cpu"))
            {
                processor ??= Locate(place[3], place[4], FindPath(membership, "cpu"));
            }
        }

        return new ControlGroups(memory, processor, unified);
    }

    private static string? FindPath(string membership, string controller) => membership.Split('\n')
        .Select(line => line.Split(':', 3))
        .FirstOrDefault(parts => parts.Length == 3 && parts[1].Split(',').Contains(controller))?[2];

    /// <summary>In a container the mount shows a part of the tree only, whose root stands in the mount table.</summary>
    private static ControlGroup? Locate(string root, string mountPoint, string? path)
    {
        if (path is null)
        {
            return null;
        }

        string relative = root != "/" && path.StartsWith(root, StringComparison.Ordinal) ? path[root.Length..] : path;
        string folder = Path.GetFullPath(mountPoint + "/" + relative.TrimStart('/')).TrimEnd('/');
        bool isInside = folder.StartsWith(mountPoint, StringComparison.Ordinal);
        return new ControlGroup(isInside ? folder : mountPoint, mountPoint);
    }
}
