using System.Globalization;

namespace Rowen.NodeAgent.Capacity;

/// <summary>Finds what this node has on offer: what affinity, control groups and other users leave, never the whole machine.</summary>
/// <param name="groups">The agent's control groups.</param>
/// <param name="readFile">Reads a whole file; null if there is none.</param>
internal sealed class CapacityReader(ControlGroups groups, Func<string, string?> readFile)
{
    /// <summary>Memory that the agent, its pool and the page cache keep: a twentieth, within these bounds.</summary>
    private const long MinReserveBytes = 256L << 20;

    private const long MaxReserveBytes = 2L << 30;

    /// <summary>Below this an executor of .NET does not even start.</summary>
    private const long MinOfferBytes = 64L << 20;

    /// <summary>Reads the capacity.</summary>
    /// <param name="allowedCores">Processor numbers that the agent may run on.</param>
    /// <param name="maxCores">Offer at most so many; null for all.</param>
    /// <param name="maxMemoryBytes">Offer at most so much; null for all.</param>
    /// <exception cref="InvalidOperationException">Nothing is left to offer.</exception>
    public NodeCapacity Read(IReadOnlyList<int> allowedCores, int? maxCores, long? maxMemoryBytes)
    {
        int count = Math.Min(allowedCores.Count, CountQuotaCores() ?? int.MaxValue);
        count = Math.Min(count, maxCores ?? int.MaxValue);
        long free = ReadFreeMemory();
        long offer = free - Math.Clamp(free / 20, MinReserveBytes, MaxReserveBytes);
        offer = Math.Min(offer, maxMemoryBytes ?? long.MaxValue);
        return offer >= MinOfferBytes
            ? new NodeCapacity([.. allowedCores.Order().TakeLast(count)], offer)
            : throw new InvalidOperationException(
                $"This node has {free >> 20} MiB of free memory; an agent needs at least "
                + $"{(MinReserveBytes + MinOfferBytes) >> 20} MiB. Free some, or raise the limit of the job it runs in.");
    }

    /// <summary>The least of what the machine and every enclosing control group have left.</summary>
    private long ReadFreeMemory()
    {
        long free = ReadAvailable();
        foreach (string folder in groups.MemoryV1?.WithAncestors() ?? [])
        {
            free = Math.Min(free, ReadFree(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"));
        }

        foreach (string folder in groups.Unified?.WithAncestors() ?? [])
        {
            free = Math.Min(free, ReadFree(folder, "memory.max", "memory.current", "inactive_file"));
        }

        return free;
    }

    private long ReadAvailable()
    {
        long? kibibytes = FindNumber(readFile("/proc/meminfo"), "MemAvailable:");
        return kibibytes is { } available ? available << 10 : long.MaxValue;
    }

    private long ReadFree(string folder, string limitFile, string usageFile, string cacheLine)
    {
        if (ParseNumber(readFile(Path.Combine(folder, limitFile))) is not { } limit)
        {
            return long.MaxValue; // no such controller here, or "max"
        }

        long usage = ParseNumber(readFile(Path.Combine(folder, usageFile))) ?? 0;
        long cache = FindNumber(readFile(Path.Combine(folder, "memory.stat")), cacheLine) ?? 0; // given back on demand
        return Math.Max(0, limit - Math.Max(0, usage - cache));
    }

    /// <summary>Whole cores that every enclosing processor quota leaves; null without any. Less than one counts as one.</summary>
    private int? CountQuotaCores()
    {
        double cores = double.PositiveInfinity;
        foreach (string folder in groups.ProcessorV1?.WithAncestors() ?? [])
        {
            long? quota = ParseNumber(readFile(Path.Combine(folder, "cpu.cfs_quota_us")));
            long? period = ParseNumber(readFile(Path.Combine(folder, "cpu.cfs_period_us")));
            cores = quota > 0 && period > 0 ? Math.Min(cores, (double)quota.Value / period.Value) : cores;
        }

        foreach (string folder in groups.Unified?.WithAncestors() ?? [])
        {
            string[] words = readFile(Path.Combine(folder, "cpu.max"))?.Split(' ', '\n') ?? [];
            if (words.Length >= 2 && ParseNumber(words[0]) is > 0 and { } quota && ParseNumber(words[1]) is > 0 and { } period)
            {
                cores = Math.Min(cores, (double)quota / period);
            }
        }

        return double.IsPositiveInfinity(cores) ? null : Math.Max(1, (int)cores);
    }

    private static long? FindNumber(string? text, string name) => text?.Split('\n')
        .Where(line => line.StartsWith(name + " ", StringComparison.Ordinal))
        .Select(line => ParseNumber(line[name.Length..].Trim().Split(' ')[0]))
        .FirstOrDefault();

    private static long? ParseNumber(string? text) =>
        long.TryParse(text?.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;
}
