using System.Globalization;
using Rowen.Fabric.OperatingSystem;
using Rowen.NodeAgent.Capacity;

namespace Rowen.NodeAgent.Executors;

/// <summary>A memory control group of one executor, below the agent's own: the kernel enforces, counts, and knows every member.</summary>
/// <remarks>Thread safety: one owner.</remarks>
internal sealed class MemoryGroup
{
    private const string Prefix = "rowen-";
    private const int KillRounds = 20; // a fork bomb may be faster than one round; memory bounds how long it stays so

    private const int MaxRemovals = 100; // ten seconds of the supervisor's period: then it is not ours, or stuck in the kernel

    private readonly string _folder;
    private readonly bool _isUnified;
    private int _removalCount;

    private MemoryGroup(string folder, bool isUnified)
    {
        _folder = folder;
        _isUnified = isUnified;
    }

    /// <summary>Most memory that the group held, in bytes; 0 where the kernel does not say.</summary>
    public long PeakBytes => Read(_isUnified ? "memory.peak" : "memory.max_usage_in_bytes");

    /// <summary>Members that the kernel has killed because the limit was reached.</summary>
    public long KillCount => (SystemFile.ReadOrNone(Path.Combine(_folder, _isUnified ? "memory.events" : "memory.oom_control")) ?? string.Empty)
        .Split('\n')
        .Where(line => line.StartsWith("oom_kill ", StringComparison.Ordinal))
        .Select(line => long.Parse(line["oom_kill ".Length..], CultureInfo.InvariantCulture))
        .FirstOrDefault();

    /// <summary>It could not be removed for so long that it never will.</summary>
    public bool IsStuck => _removalCount >= MaxRemovals;

    /// <summary>Nothing runs in it any more.</summary>
    public bool IsEmpty => string.IsNullOrWhiteSpace(SystemFile.ReadOrNone(Path.Combine(_folder, "cgroup.procs")));

    /// <summary>Makes a group, where this process may.</summary>
    /// <param name="groups">The agent's own groups.</param>
    /// <param name="executor">Whose group it will be.</param>
    /// <returns>Null where control groups are absent, not ours to divide, or without a memory controller.</returns>
    public static MemoryGroup? CreateOrNone(ControlGroups groups, ExecutorNumber executor)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{executor}");
        return CreateOrNone(groups.MemoryV1, name, "memory.limit_in_bytes", isUnified: false)
            ?? CreateOrNone(groups.Unified, name, "memory.max", isUnified: true);
    }

    /// <summary>Removes what agents that were killed have left, with whatever still runs there.</summary>
    /// <returns>Groups whose members are still dying.</returns>
    public static List<MemoryGroup> Sweep(ControlGroups groups)
    {
        List<MemoryGroup> busy = [];
        foreach (string parent in new[] { groups.MemoryV1?.Folder, groups.Unified?.Folder }.OfType<string>())
        {
            foreach (string folder in ListOurs(parent))
            {
                var group = new MemoryGroup(folder, isUnified: false);
                group.KillMembers();
                if (!group.TryRemove())
                {
                    busy.Add(group);
                }
            }
        }

        return busy;
    }

    /// <summary>Takes a process in; what it starts from then on is in as well.</summary>
    public bool TryAdd(int processId) => SystemFile.TryWrite(
        Path.Combine(_folder, "cgroup.procs"), processId.ToString(CultureInfo.InvariantCulture));

    /// <summary>Sets the limit, swap included.</summary>
    /// <returns>False if the kernel refused: then somebody else must watch.</returns>
    public bool TryLimit(long bytes)
    {
        string text = bytes.ToString(CultureInfo.InvariantCulture);
        if (_isUnified)
        {
            _ = SystemFile.TryWrite(Path.Combine(_folder, "memory.swap.max"), "0"); // absent without swap
            return SystemFile.TryWrite(Path.Combine(_folder, "memory.max"), text);
        }

        bool isLimited = SystemFile.TryWrite(Path.Combine(_folder, "memory.limit_in_bytes"), text);
        _ = SystemFile.TryWrite(Path.Combine(_folder, "memory.memsw.limit_in_bytes"), text);
        return isLimited;
    }

    /// <summary>Kills every member, those included that have left the executor's process group.</summary>
    public void KillMembers()
    {
        for (int round = 0; round < KillRounds; round++)
        {
            string[] members = (SystemFile.ReadOrNone(Path.Combine(_folder, "cgroup.procs")) ?? string.Empty)
                .Split('\n', StringSplitOptions.RemoveEmptyEntries);
            int killed = members.Count(member => TryKill(int.Parse(member, CultureInfo.InvariantCulture)));
            if (killed == 0)
            {
                return;
            }
        }
    }

    /// <summary>Removes the group.</summary>
    /// <returns>False while members are still dying: try again.</returns>
    public bool TryRemove()
    {
        _removalCount++;
        try
        {
            Directory.Delete(_folder);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static MemoryGroup? CreateOrNone(ControlGroup? parent, string name, string limitFile, bool isUnified)
    {
        if (parent is null)
        {
            return null;
        }

        string folder = Path.Combine(parent.Folder, name);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        var group = new MemoryGroup(folder, isUnified);
        if (File.Exists(Path.Combine(folder, limitFile)))
        {
            return group;
        }

        _ = group.TryRemove();
        return null;
    }

    private static List<string> ListOurs(string parent)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(parent, Prefix + "*").Where(folder => !HasOwner(folder))];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool HasOwner(string folder)
    {
        string[] parts = Path.GetFileName(folder).Split('-');
        return parts.Length != 3 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int owner)
            || Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{owner}"));
    }

    private static bool TryKill(int processId)
    {
        try
        {
            return processId > 1 && !IsZombie(processId) && ProcessControl.Kill(processId, ProcessSignal.Kill);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // another user's: it cannot have come from us
        }
    }

    private static bool IsZombie(int processId)
    {
        string? stat = SystemFile.ReadOrNone(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));
        int end = stat?.LastIndexOf(')') ?? -1;
        return stat is null || end + 2 >= stat.Length || stat[end + 2] is 'Z' or 'X';
    }

    private long Read(string file) => long.TryParse(
        SystemFile.ReadOrNone(Path.Combine(_folder, file)), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out long number)
        ? number
        : 0;
}
