namespace Rowen.ObjectStorage;

/// <summary>Repeats what failed on the way to a store, later and later. Thread safety: any thread.</summary>
/// <param name="retries">How often at most after the first attempt, from 0 to 20.</param>
/// <param name="time">The clock of the pauses.</param>
internal sealed class RetryPolicy(int retries, TimeProvider time)
{
    /// <summary>With the pauses below, eleven seconds in all: a gateway that restarts is back by then.</summary>
    public const int DefaultRetries = 7;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Random _random = new(Environment.ProcessId); // programs that fail together must not come back together
    private readonly Lock _lock = new();

    /// <param name="attempt">One attempt; repeating it does no harm.</param>
    /// <param name="isWorthAnother">Whether a failure may be gone the next time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> attempt, Func<Exception, bool> isWorthAnother, CancellationToken cancellationToken)
    {
        for (int failed = 0; ; failed++)
        {
            try
            {
                return await attempt(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (failed < retries && !cancellationToken.IsCancellationRequested && isWorthAnother(exception))
            {
                // tried again below
            }

            await Task.Delay(PauseAfter(failed), time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Doubles, within half and one and a half of it.</summary>
    internal TimeSpan PauseAfter(int failed)
    {
        TimeSpan pause = FirstPause * Math.Pow(2, failed);
        lock (_lock)
        {
#pragma warning disable CA5394 // who knows when we come back learns nothing
            return (pause < LongestPause ? pause : LongestPause) * (0.5 + _random.NextDouble());
#pragma warning restore CA5394
        }
    }
}
