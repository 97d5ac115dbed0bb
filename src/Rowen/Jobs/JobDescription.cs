using Rowen.Commands;

namespace Rowen.Jobs;

/// <summary>What a job is. Holds no secret: the cluster is named by its file.</summary>
internal sealed record JobDescription
{
    public string Name { get; set; } = string.Empty;

    /// <summary>The function's name in the package; of a command, what people recognize it by.</summary>
    public string Function { get; set; } = string.Empty;

    /// <summary>The function itself, where it is a lambda; then the package need not name it.</summary>
    public JobLambda? Lambda { get; set; }

    /// <summary>What runs for each item, where that is a program; then there is no package.</summary>
    public CommandPlan? Command { get; set; }

    /// <summary>Hash of the code package, which lies in the folder of that name under <c>code</c>.</summary>
    public string Package { get; set; } = string.Empty;

    /// <summary>What the package was made of, for people.</summary>
    public string PackageOrigin { get; set; } = string.Empty;

    /// <summary>The cluster file.</summary>
    public string Cluster { get; set; } = string.Empty;

    public JobItems Items { get; set; } = new();

    public int Cores { get; set; }

    public long MemoryBytes { get; set; }

    public double DeadlineMs { get; set; }

    /// <summary>How items are run again, how long is waited, and, of functions, what leases are like; null: as a map does of itself.</summary>
    public JobPolicy? Policy { get; set; }

    public DateTimeOffset SubmittedAt { get; set; }

    /// <summary>Of what program, on which host.</summary>
    public string SubmittedBy { get; set; } = string.Empty;
}
