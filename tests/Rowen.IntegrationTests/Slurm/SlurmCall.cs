using System.Globalization;

namespace Rowen.IntegrationTests.Slurm;

/// <summary>One call of a Slurm command through the lab's folder of commands.</summary>
/// <param name="At">When.</param>
/// <param name="Host">Where: the machine's name, or a node's.</param>
/// <param name="Command">For instance <c>squeue</c>.</param>
/// <param name="Arguments">With a space between each.</param>
public sealed record SlurmCall(DateTimeOffset At, string Host, string Command, string Arguments)
{
    internal static SlurmCall Parse(string line)
    {
        string[] parts = line.Split(' ', 4);
        double seconds = double.Parse(parts[0], CultureInfo.InvariantCulture);
        return new SlurmCall(DateTimeOffset.UnixEpoch.AddSeconds(seconds), parts[1], parts[2], parts[3]);
    }
}
