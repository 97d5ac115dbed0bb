using System.Text.RegularExpressions;
using Rowen.Cli.Runs;
using Rowen.Testing;

namespace Rowen.UnitTests.Cli.Runs;

public sealed class RunScreenTests
{
    private const string Hung = "Item 7 has been running on L4 (n1) for 11 s";

    private static readonly MapProgress Running = new(
        Done: 61, Total: 100, Running: 2, Failed: 3, Retries: new RetryCounts { Preempted = 1_200, OutOfMemory = 1 }, Lanes: 2, ItemsPerSecond: 10.26, TimeLeft: TimeSpan.FromSeconds(3.4), Reason: string.Empty);

    private static readonly MapProgress Idle = Running with { Running = 0, Reason = "L5 waits: all cores are leased" };

    private readonly ManualTimeProvider _time = new();
    private readonly StringWriter _error = new() { NewLine = "\n" };

    [Fact]
    public void Line_says_how_far_it_is_and_what_everybody_waits_for() => Assert.Equal(
        $"[███████████████░░░░░░░░░] 34 waiting, 2 running, 61 done, 3 failed, 1 201 run again (1 200 preempted, 1 out of memory), 10.3/s, 3.4 s left: {Hung}",
        RunScreen.LineOf(Running with { Reason = Hung }));

    [Fact]
    public void Item_that_hangs_is_told_at_once_then_after_a_minute_and_then_ever_more_seldom()
    {
        RunScreen screen = Create();
        screen.Report(Running);

        for (int second = 0; second < 300; second++)
        {
            screen.Report(Running with { Reason = $"{Hung}, and {second}" });
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal($"R7: {Hung}, and 0\nR7: {Hung}, and 60\nR7: {Hung}, and 120\nR7: {Hung}, and 240\n", _error.ToString());
    }

    [Fact]
    public void Run_without_a_lease_is_told_after_five_seconds_once()
    {
        RunScreen screen = Create();

        for (int second = 0; second < 60; second++)
        {
            screen.Report(Idle);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal("R7: nothing runs: L5 waits: all cores are leased\n", _error.ToString());
    }

    [Fact]
    public void Item_that_hangs_after_others_went_on_is_told_anew()
    {
        RunScreen screen = Create();

        screen.Report(Running with { Reason = Hung });
        screen.Report(Running);
        screen.Report(Running with { Reason = Hung });

        Assert.Equal($"R7: {Hung}\nR7: {Hung}\n", _error.ToString());
    }

    [Fact]
    public void Terminal_has_the_whole_reason_on_a_line_of_its_own_once()
    {
        const string reason = "L5 waits: all cores are leased, and the one who holds most of them is somebody else, whose lease ends in some minutes";
        RunScreen screen = Create(isTerminal: true);

        for (int second = 0; second < 60; second++)
        {
            screen.Report(Idle with { Reason = reason });
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Single(Regex.Matches(_error.ToString(), $"\r\e\\[KR7: nothing runs: {reason}\n\r\e\\[K"));
    }

    private RunScreen Create(bool isTerminal = false) => new(_error, "R7", isQuiet: false, isTerminal, _time);
}
