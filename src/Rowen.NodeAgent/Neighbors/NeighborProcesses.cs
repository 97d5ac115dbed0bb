using System.Globalization;
using Rowen.Fabric.OperatingSystem;
using Rowen.NodeAgent.Capacity;

namespace Rowen.NodeAgent.Neighbors;

/// <summary>Reads which processes of a batch job run on this node, and where they may.</summary>
internal static class NeighborProcesses
{
    /// <summary>
    /// Processes of this user that the job's variables name; those of our own step are none, nor is the agent of a lending before, which may still be ending, and executors have no
    /// such variables.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="ownStep">Our step of it.</param>
    public static IReadOnlyList<NeighborProcess> ReadOfJob(string job, string ownStep) => Read(
        folder => SystemFile.ReadOrNone($"{folder}/environ") is { } environment && IsOfJob(environment, job, ownStep)
            && SystemFile.ReadOrNone($"{folder}/cmdline")?.Contains($"\0{JobNeighbor.Option}\0", StringComparison.Ordinal) != true);

    /// <summary>Whether the environment of a process says that it is the job's own.</summary>
    /// <param name="environment">Content of /proc/ID/environ.</param>
    /// <param name="job">The job.</param>
    /// <param name="ownStep">Our step of it.</param>
    internal static bool IsOfJob(string environment, string job, string ownStep)
    {
        string[] variables = environment.Split('\0');
        return variables.Contains($"SLURM_JOB_ID={job}") && !variables.Contains($"SLURM_STEP_ID={ownStep}");
    }

    /// <summary>Reads a process from what the kernel says of it.</summary>
    /// <param name="id">Its process id.</param>
    /// <param name="status">Content of /proc/ID/status.</param>
    internal static NeighborProcess? ParseOrNone(int id, string? status)
    {
        string[] lines = status?.Split('\n') ?? [];
        return Field("Cpus_allowed_list:") is { } list && ProcessorList.TryParse(list, out IReadOnlyList<int> cores)
            ? new NeighborProcess(id, Field("Name:") ?? string.Empty, cores)
            : null;

        string? Field(string name) => lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();
    }

    private static List<NeighborProcess> Read(Func<string, bool> isOurs)
    {
        var found = new List<NeighborProcess>();
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id != Environment.ProcessId
                && isOurs(folder) && ParseOrNone(id, SystemFile.ReadOrNone($"{folder}/status")) is { } process)
            {
                found.Add(process);
            }
        }

        return found;
    }
}
