namespace Rowen.ResourceManager.Harvesting.Slurm.Examination;

/// <summary>What pilots would ask of Slurm, for <see cref="SlurmDoctor"/> to judge.</summary>
/// <param name="Partition">Where they would be submitted; null: Slurm's default partition.</param>
/// <param name="TimeLimit">How long each may run; null: the partition's default.</param>
/// <param name="DrainGrace">How long running invocations may finish when Slurm wants the node back.</param>
/// <param name="PilotCores">Cores of each; null: whole nodes.</param>
public sealed record SlurmQuestion(string? Partition, TimeSpan? TimeLimit, TimeSpan DrainGrace, int? PilotCores);
