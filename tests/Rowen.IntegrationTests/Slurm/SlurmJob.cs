namespace Rowen.IntegrationTests.Slurm;

/// <summary>A job as squeue shows it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">What it is called.</param>
/// <param name="User">Whose it is; a number if the name is not known on this machine.</param>
/// <param name="Partition">Where.</param>
/// <param name="State">PENDING, RUNNING, COMPLETING and so on.</param>
/// <param name="Reason">Why it waits; <c>None</c> while it runs.</param>
/// <param name="Nodes">Where it runs, as Slurm abbreviates it; empty while it waits.</param>
/// <param name="Comment">What its owner said.</param>
public sealed record SlurmJob(int Id, string Name, string User, string Partition, string State, string Reason, string Nodes, string Comment);
