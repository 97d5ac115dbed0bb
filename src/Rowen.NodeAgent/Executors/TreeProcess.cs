using System.Globalization;

namespace Rowen.NodeAgent.Executors;

/// <summary>One living process, from its line in /proc/ID/stat.</summary>
/// <param name="Id">Its id.</param>
/// <param name="ParentId">Who started it, or took it over.</param>
/// <param name="GroupId">Its process group.</param>
/// <param name="StartedAtTicks">When it started, in the kernel's ticks: tells it from a later one of the same id.</param>
/// <param name="ResidentBytes">Memory that it holds, shared pages included.</param>
internal sealed record TreeProcess(int Id, int ParentId, int GroupId, long StartedAtTicks, long ResidentBytes)
{
    /// <summary>Reads the line; its second field is a name that may hold spaces and brackets.</summary>
    /// <returns>Null if it is not such a line, or the process has ended.</returns>
    public static TreeProcess? ParseOrNone(string? stat)
    {
        int open = stat?.IndexOf('(', StringComparison.Ordinal) ?? -1;
        int close = stat?.LastIndexOf(')') ?? -1;
        if (open < 1 || close < open || !TryParse(stat![..open], out long id))
        {
            return null;
        }

        string[] fields = stat[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries); // field 3 of proc(5) is the first
        return fields.Length >= 22 && fields[0] is not ("Z" or "X")
            && TryParse(fields[1], out long parent) && TryParse(fields[2], out long group)
            && TryParse(fields[19], out long startedAt) && TryParse(fields[21], out long pages)
            ? new TreeProcess((int)id, (int)parent, (int)group, startedAt, pages * Environment.SystemPageSize)
            : null;
    }

    private static bool TryParse(string text, out long number) =>
        long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
