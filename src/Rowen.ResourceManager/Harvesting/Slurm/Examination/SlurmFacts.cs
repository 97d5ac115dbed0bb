using System.Globalization;

namespace Rowen.ResourceManager.Harvesting.Slurm.Examination;

/// <summary>What Slurm says of itself, and what this machine says.</summary>
/// <param name="Configuration">All of slurm.conf, with the defaults that it leaves open.</param>
/// <param name="Partitions">Those that we may see.</param>
/// <param name="Nodes">Those that we may see.</param>
internal sealed record SlurmFacts(SlurmRecord Configuration, IReadOnlyList<SlurmRecord> Partitions, IReadOnlyList<SlurmRecord> Nodes)
{
    /// <summary>By how much slurmctld's clock is ahead of ours; negative: behind. Zero if it cannot be told.</summary>
    public TimeSpan ClockAhead { get; init; }

    /// <summary>Of this machine's control groups; 0 if it has none.</summary>
    public int ControlGroupVersion { get; init; }

    /// <summary>Reads what three calls of <c>scontrol show</c> printed.</summary>
    public static SlurmFacts Read(string configuration, string partitions, string nodes) => new(
        SlurmRecord.OfLines(configuration), SlurmRecord.OfOneliners(partitions, "PartitionName"), SlurmRecord.OfOneliners(nodes, "NodeName"));

    /// <summary>The moment at which slurmctld answered, by its clock, in our time zone; whole seconds.</summary>
    public static DateTime? FindMoment(string configuration)
    {
        const string Start = "Configuration data as of ";
        string first = configuration.Split('\n', 2)[0].Trim();
        return first.StartsWith(Start, StringComparison.Ordinal)
            && DateTime.TryParseExact(first[Start.Length..], "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime moment)
            ? moment : null;
    }

    /// <summary>The partition of that name, or Slurm's default; null if there is none.</summary>
    public SlurmRecord? PartitionOrNone(string? name) => Partitions.FirstOrDefault(partition =>
        name is null ? partition["Default"] == "YES" : partition["PartitionName"] == name);

    /// <summary>Nodes of a partition.</summary>
    public IReadOnlyList<SlurmRecord> NodesOf(string partition) => [.. Nodes.Where(node => node.Lists("Partitions", partition))];
}
