using System.Diagnostics;

namespace Rowen.IntegrationTests.Faults;

/// <summary>Waits for something that a test expects, with a bound, and says what it was.</summary>
internal static class Until
{
    /// <summary>
    /// What shows at once takes milliseconds; on a machine under load, some hundreds. Less than the five seconds after which
    /// silence alone would have told.
    /// </summary>
    public static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(4);

    public static Task TrueAsync(Func<bool> isTrue, TimeSpan bound, string what, int pauseMs = 20) =>
        TrueAsync(() => Task.FromResult(isTrue()), bound, what, pauseMs);

    public static async Task TrueAsync(Func<Task<bool>> isTrue, TimeSpan bound, string what, int pauseMs = 20)
    {
        long startedAt = Stopwatch.GetTimestamp();
        while (!await isTrue())
        {
            Assert.True(Stopwatch.GetElapsedTime(startedAt) < bound, $"waited {bound.TotalSeconds} s in vain until {what}");
            await Task.Delay(pauseMs, TestContext.Current.CancellationToken);
        }
    }
}
