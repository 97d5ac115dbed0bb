using System.Globalization;
using System.Security.Cryptography;
using Rowen.Fabric.OperatingSystem;
using Rowen.NodeAgent.Capacity;

namespace Rowen.NodeAgent.Executors;

/// <summary>A memory control group of one executor, below the agent's own: the kernel enforces, counts, and knows every member.</summary>
/// <remarks>
/// <para>Its owner holds a lock on one of its files: the kernel gives that back however the owner ends. Whoever finds a group and gets the lock knows that nobody owns it. A process id
/// would not say so: agents of several process namespaces may share a parent.</para>
/// <para>Thread safety: one owner.</para>
/// </remarks>
internal sealed class MemoryGroup
{
    private const string Prefix = "rowen-";
    private const int KillRounds = 20; // a fork bomb may be faster than one round; memory bounds how long it stays so

    private const int MaxRemovals = 100; // ten seconds of the supervisor's period: then it is not ours, or stuck in the kernel
    private const int MaxCreations = 10; // somebody who sweeps may take it before we hold it

    private static readonly string OwnPrefix = string.Create(
        CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}-");

    private readonly string _folder;
    private readonly bool _isUnified;
    private readonly FileStream _lock;
    private int _removalCount;

    private MemoryGroup(string folder, bool isUnified, FileStream heldLock)
    {
        _folder = folder;
        _isUnified = isUnified;
        _lock = heldLock;
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
        string name = OwnPrefix + executor;
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
            foreach (string folder in List(parent))
            {
                if (LockOrNone(folder) is not { } held)
                {
                    continue;
                }

                var group = new MemoryGroup(folder, isUnified: false, held);
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
            _lock.Dispose();
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            _lock.Dispose();
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
        if (CreateAndLockOrNone(folder) is not { } held)
        {
            return null;
        }

        var group = new MemoryGroup(folder, isUnified, held);
        if (File.Exists(Path.Combine(folder, limitFile)))
        {
            return group;
        }

        _ = group.TryRemove();
        return null;
    }

    private static FileStream? CreateAndLockOrNone(string folder)
    {
        for (int i = 0; i < MaxCreations; i++)
        {
            try
            {
                Directory.CreateDirectory(folder);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return null;
            }

            FileStream? held = LockOrNone(folder);
            if (held is not null && Directory.Exists(folder))
            {
                return held;
            }

            held?.Dispose();
        }

        return null;
    }

    /// <summary>Takes the lock of a group, whose files the kernel makes with it: one of each version that nobody reads, for that would need the lock, too.</summary>
    /// <returns>Null if somebody has it, or the group is gone.</returns>
    private static FileStream? LockOrNone(string folder)
    {
        string ofV1 = Path.Combine(folder, "notify_on_release");
        try
        {
            return new FileStream(
                File.Exists(ofV1) ? ofV1 : Path.Combine(folder, "cgroup.type"), FileMode.Open, FileAccess.Read, FileShare.None, bufferSize: 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static List<string> List(string parent)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(parent, Prefix + "*")];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
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
