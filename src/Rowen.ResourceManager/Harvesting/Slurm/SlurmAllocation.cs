using Rowen.Protocol.Errors;

namespace Rowen.ResourceManager.Harvesting.Slurm;

/// <summary>What Slurm says of one job's allocation.</summary>
public static class SlurmAllocation
{
    /// <summary>Shorter than other questions: an agent waits for it before it offers its node.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    /// <summary>How long a job may still run. One call of <c>squeue</c>, which may take ten seconds.</summary>
    /// <param name="job">The job's number.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>None if it is unlimited, or Slurm could not say.</returns>
    public static async Task<TimeSpan?> FindTimeLeftAsync(string job, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Bound);
        try
        {
            return SlurmTime.ParseOrNone(
                await SlurmCommand.RunAsync("squeue", ["--noheader", $"--jobs={job}", "--format=%L"], string.Empty, bound.Token));
        }
        catch (Exception exception) when (exception is RowenException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null; // then SIGTERM tells when it is time
        }
    }
}
