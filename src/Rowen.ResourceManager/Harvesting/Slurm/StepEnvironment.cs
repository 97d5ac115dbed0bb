namespace Rowen.ResourceManager.Harvesting.Slurm;

/// <summary>The environment of an <c>srun</c> that starts a step in a job which it is not part of, or not as the job's own.</summary>
public static class StepEnvironment
{
    /// <summary>Removes the variables of Slurm, which would be options of <c>srun</c>; which Slurm it talks to stays.</summary>
    public static void Clear(IDictionary<string, string?> environment)
    {
        foreach (string name in environment.Keys.Where(name => name.StartsWith("SLURM_", StringComparison.Ordinal) && name is not ("SLURM_CONF" or "SLURM_CLUSTERS")).ToArray())
        {
            environment.Remove(name);
        }
    }
}
