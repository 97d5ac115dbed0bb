using System.Globalization;
using Rowen.Protocol.Leases;

namespace Rowen.ResourceManager.Leases;

/// <summary>What may be asked for: the rest is cut to the limits, or refused by the name of the field.</summary>
internal sealed class LeaseAskRules(LeaseOptions leases, QueueOptions queue)
{
    /// <summary>Beyond any machine; keeps sums far from overflow.</summary>
    private const int MaxCores = 65_536;

    private const long MaxMemoryBytes = 1L << 50;

    private const int MaxClientLength = 200;

    private const int MaxNotOnCount = 64;

    /// <summary>Each part names all: what a group takes in the journal grows with its square, and is half a megabyte here.</summary>
    private const int MaxNodes = 256;

    /// <summary>Returns what is wrong with a request, or null.</summary>
    public string? FindFault(LeaseAsk ask) =>
        FindFaultOfKind(ask)
        ?? Outside("nodes", ask.Nodes, 1, MaxNodes)
        ?? Outside("atLeast", ask.AtLeast, 0, ask.Nodes)
        ?? Outside("usefulCores", ask.UsefulCores, 0, int.MaxValue)
        ?? Outside("notOn.length", ask.NotOn?.Count ?? 0, 0, MaxNotOnCount)
        ?? Outside("durationMs", ask.DurationMs, 1, long.MaxValue)
        ?? Outside("lastsMs", ask.LastsMs, 0, long.MaxValue)
        ?? Outside("bound", (long)ask.Bound, 0, (long)BoundBy.Network)
        ?? Outside("slotCount", ask.SlotCount, 1, leases.MaxSlotCount)
        ?? Outside("slotBytes", ask.SlotBytes, 64, leases.MaxSlotBytes)
        ?? Outside("hotWindowUs", ask.HotWindowUs, -1, long.MaxValue)
        ?? Outside("maxWaitMs", ask.MaxWaitMs, 0, long.MaxValue);

    /// <summary>The request with its durations cut to the limits and the client's name made printable.</summary>
    public LeaseAsk Cut(LeaseAsk ask) => ask with
    {
        DurationMs = Math.Clamp(
            ask.DurationMs, (long)leases.MinDuration.TotalMilliseconds, (long)leases.MaxDuration.TotalMilliseconds),
        MaxWaitMs = Math.Min(ask.MaxWaitMs, (long)queue.MaxWait.TotalMilliseconds),
        Client = Printable(ask.Client, MaxClientLength),
    };

    /// <summary>Without control characters (a terminal would obey them), and not too long.</summary>
    public static string Printable(string text, int maxLength)
    {
        string cut = text.Length > maxLength ? text[..maxLength] : text;
        return cut.Any(IsHarmful) ? string.Concat(cut.Select(letter => IsHarmful(letter) ? '?' : letter)) : cut;

        // Half a surrogate pair is not text: it could not be written as UTF-8.
        static bool IsHarmful(char letter) => char.IsControl(letter) || char.IsSurrogate(letter);
    }

    private static string? FindFaultOfKind(LeaseAsk ask) => ask.Kind switch
    {
        LeaseKind.Cores => Outside("cores", ask.Cores, 0, MaxCores) ?? Outside("memoryBytes", ask.MemoryBytes, 0, MaxMemoryBytes),
        LeaseKind.Memory => Outside("cores", ask.Cores, 0, 0)
            ?? Outside("memoryBytes", ask.MemoryBytes, MemoryLending.OverheadBytes + 1, MaxMemoryBytes),
        _ => "A lease was asked for with a kind that this manager does not know; it knows Cores and Memory.",
    };

    private static string? Outside(string field, long value, long min, long max) => value >= min && value <= max
        ? null
        : string.Create(
            CultureInfo.InvariantCulture, $"A lease was asked for with {field} = {value}; it must be {min} to {max}.");
}
