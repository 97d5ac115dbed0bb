using System.Diagnostics;

namespace Rowen.IntegrationTests.Faults;

/// <summary>Waits for something that a test expects, with a bound, and says what it was.</summary>
internal static class Until
{
    /// <summary>
    /// What shows at once takes milliseconds; on a machine under load, some hundreds. Less than the five seconds after which
    /// silence alone would have told.
    /// </summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(4);

    /// <summary>Up to three times, how long it takes until something is told that is to be told at once.</summary>
    /// <param name="attempt">How long it took; asserts all else that it finds.</param>
    public static Task ToldAtOnceAsync(Func<Task<TimeSpan>> attempt) =>
        InOneOfAsync(3, async () => await attempt() < AtOnce, $"it was told within {AtOnce.TotalSeconds} s");

    /// <summary>
    /// Tries something several times, until it goes well. For promises of time that a machine under load breaks now and then, and a defect each time:
    /// what only silence tells is told late each time.
    /// </summary>
    /// <param name="attempts">How often at most.</param>
    /// <param name="attempt">Whether it went as it should; asserts all else that it finds.</param>
    /// <param name="what">What was hoped for.</param>
    public static async Task InOneOfAsync(int attempts, Func<Task<bool>> attempt, string what)
    {
        bool hasGoneWell = false;
        for (int made = 0; made < attempts && !hasGoneWell; made++)
        {
            hasGoneWell = await attempt();
        }

        Assert.True(hasGoneWell, $"in none of {attempts} attempts {what}");
    }

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
