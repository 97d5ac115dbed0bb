namespace Rowen.IntegrationTests.Slurm;

/// <summary>Tests that share one Slurm. Each makes it as new first: <see cref="SlurmLab.ResetAsync"/>.</summary>
[CollectionDefinition(Name)]
public sealed class SharedSlurm : ICollectionFixture<SlurmLab>
{
    public const string Name = "Slurm";
}
