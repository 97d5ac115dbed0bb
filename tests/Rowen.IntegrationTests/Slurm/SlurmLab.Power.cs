using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.Slurm;

/// <summary>Nodes that Slurm powers down, and whom it wakes.</summary>
public sealed partial class SlurmLab
{
    private readonly HashSet<string> _asleep = new(StringComparer.Ordinal);

    private string WokenFile => Path.Combine(Folder, "log", "woken");

    /// <summary>Turns power saving on until <see cref="ResetAsync"/>. By itself Slurm powers a node down after a day.</summary>
    public async Task SavePowerAsync()
    {
        File.Delete(WokenFile);
        string wake = Path.Combine(Folder, "etc", "wake");
        await File.WriteAllTextAsync(wake, $"#!/bin/sh\necho \"$1\" >>'{WokenFile}'\n");
        File.SetUnixFileMode(wake, File.GetUnixFileMode(Path.Combine(Folder, "etc", "prolog"))); // run as Slurm's own user
        await File.AppendAllTextAsync(
            ConfigurationFile, $"SuspendProgram=/bin/true\nResumeProgram={wake}\nSuspendTime=86400\nSuspendTimeout=1\nResumeTimeout=60\n");
        await RestartControllerAsync();
        await UntilIdleAsync();
    }

    /// <summary>Has Slurm power a node down, when its jobs are over.</summary>
    public async Task PowerDownAsync(string node) => (await RunAsync("scontrol", "update", $"nodename={node}", "state=power_down")).AssertDone();

    /// <summary>Waits until it is, and takes its power.</summary>
    public async Task UntilPoweredDownAsync(string node)
    {
        await Until.TrueAsync(async () => (await StateOfNodeAsync(node)).Contains("POWERED_DOWN", StringComparison.Ordinal), Patience, $"{node} is powered down");
        await KillNodeAsync(node);
        _asleep.Add(node);
    }

    /// <summary>Wakes every node, if it is not awake.</summary>
    private async Task PowerUpAsync()
    {
        foreach (string node in _asleep.Except(Woken()).ToArray())
        {
            (await RunAsync("scontrol", "update", $"nodename={node}", "state=power_up")).AssertDone();
            await Until.TrueAsync(() => Woken().Contains(node), Patience, $"{node} is to be woken");
        }

        foreach (string node in _asleep)
        {
            if (_dead.Contains(node))
            {
                await StartNodeAsync(node);
            }

            await Until.TrueAsync(async () => !(await StateOfNodeAsync(node)).Contains("POWER", StringComparison.Ordinal), Patience, $"{node} is awake");
        }

        _asleep.Clear();
    }

    /// <summary>Nodes that Slurm has woken since <see cref="SavePowerAsync"/>, as often as it did.</summary>
    public IReadOnlyList<string> Woken() => File.Exists(WokenFile) ? File.ReadAllLines(WokenFile) : [];
}
