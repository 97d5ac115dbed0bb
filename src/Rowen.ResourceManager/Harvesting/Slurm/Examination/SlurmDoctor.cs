using System.ComponentModel;
using Rowen.Protocol.Errors;

namespace Rowen.ResourceManager.Harvesting.Slurm.Examination;

/// <summary>Asks Slurm for its configuration, and says what about it would keep pilots from running, or batch jobs waiting.</summary>
public static class SlurmDoctor
{
    /// <summary>Slurm shows whole seconds, and an answer travels.</summary>
    private static readonly TimeSpan ClockError = TimeSpan.FromSeconds(1);

    /// <summary>Examines. Three calls of <c>scontrol show</c>; changes nothing.</summary>
    /// <param name="question">What pilots would ask for.</param>
    /// <param name="time">This machine's clock.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>What was found; that Slurm cannot be asked is a finding, too.</returns>
    public static async Task<SlurmReport> ExamineAsync(SlurmQuestion question, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            DateTimeOffset askedAt = time.GetLocalNow();
            string configuration = await ShowAsync(["show", "config"], cancellationToken);
            DateTimeOffset answeredAt = time.GetLocalNow();
            string partitions = await ShowAsync(["--oneliner", "show", "partitions"], cancellationToken);
            string nodes = await ShowAsync(["--oneliner", "show", "nodes"], cancellationToken);
            return SlurmExamination.Judge(
                SlurmFacts.Read(configuration, partitions, nodes) with
                {
                    ClockAhead = Difference(SlurmFacts.FindMoment(configuration), askedAt.DateTime, answeredAt.DateTime),
                    ControlGroupVersion = File.Exists("/sys/fs/cgroup/cgroup.controllers") ? 2 : Directory.Exists("/sys/fs/cgroup/memory") ? 1 : 0,
                },
                question);
        }
        catch (RowenException exception) when (exception.Code == ErrorCode.BatchSystemFailed)
        {
            return new SlurmReport(null, null, null, [Explain(exception)], null);
        }
    }

    private static Task<string> ShowAsync(string[] arguments, CancellationToken cancellationToken) =>
        SlurmCommand.RunAsync("scontrol", arguments, string.Empty, cancellationToken);

    private static TimeSpan Difference(DateTime? shown, DateTime askedAt, DateTime answeredAt) =>
        shown is not { } moment ? TimeSpan.Zero
        : moment < askedAt - ClockError ? moment - askedAt
        : moment > answeredAt + ClockError ? moment - answeredAt
        : TimeSpan.Zero;

    /// <summary>Slurm's commands have one exit code for everything: only their words tell these apart.</summary>
    private static SlurmFinding Explain(RowenException exception) =>
        exception.InnerException is Win32Exception
            ? new("commands", SlurmFinding.Problem, exception.Message, "Run this where sbatch works: on a login node, or with Slurm's client package and slurm.conf.")
        : exception.Message.Contains("munge", StringComparison.OrdinalIgnoreCase) || exception.Message.Contains("authentication", StringComparison.OrdinalIgnoreCase)
            ? new("authentication", SlurmFinding.Problem, exception.Message, "Is munged up on this machine, with the cluster's key (`munge -n | unmunge`), and the clock right?")
        : new("controller", SlurmFinding.Problem, exception.Message, "`scontrol ping` says whether slurmctld is up; slurm.conf, or SLURM_CONF, which machine it is on.");
}
