using System.Globalization;
using Rowen.Journals;

namespace Rowen.Jobs;

/// <summary>Looks for the file by which somebody asks a job to end; on a shared file system that may be another host.</summary>
internal sealed class CancelWatch(string path, Func<TimeSpan, CancellationToken, Task> cancelAsync)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    /// <summary>Asks a job to end.</summary>
    /// <param name="path">The job's file for that.</param>
    /// <param name="grace">How long running items still have.</param>
    public static void Ask(string path, TimeSpan grace)
    {
        using FileStream file = PrivateFiles.Open(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        file.Write(System.Text.Encoding.ASCII.GetBytes(((long)grace.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) + "\n"));
    }

    /// <summary>Looks until it is stopped; each time that the file says something shorter, that counts.</summary>
    public async Task RunAsync(CancellationToken over)
    {
        Task cancelling = Task.CompletedTask;
        try
        {
            TimeSpan? grace = null;
            using var timer = new PeriodicTimer(Period, TimeProvider.System);
            while (await timer.WaitForNextTickAsync(over).ConfigureAwait(false))
            {
                if (ReadOrNone() is { } asked && (grace is null || asked < grace))
                {
                    grace = asked;
                    cancelling = Task.WhenAll(cancelling, cancelAsync(asked, over));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The job is over.
        }

        await cancelling.ConfigureAwait(false);
    }

    private TimeSpan? ReadOrNone()
    {
        try
        {
            return File.Exists(path) && long.TryParse(File.ReadAllText(path).TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out long milliseconds)
                ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, int.MaxValue))
                : null;
        }
        catch (IOException)
        {
            return null; // being written
        }
    }
}
