using Rowen.Fabric.OperatingSystem;
using Rowen.NodeAgent.Executors;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;

namespace Rowen.UnitTests.NodeAgent.Executors;

public sealed class ExitAnalysisTests
{
    private static readonly ExitEvidence Nothing = new() { Lease = new LeaseId(7), NodeName = "n1" };

    [Fact]
    public void Exit_code_means_that_a_function_ended_the_process() => Explains(
        Nothing with { Exit = new ChildProcessExit(3, 0, 0), ErrorTail = "a\nthe end\n" },
        ErrorCode.FunctionExitedProcess,
        "The executor of L7 on node n1 exited with code 3: a function ended the process by itself. It printed: \"the end\". "
        + "What it printed: rowen logs L7 (and --stream err).");

    [Fact]
    public void Crash_names_its_signal() => Explains(
        Nothing with { Exit = new ChildProcessExit(0, 11, 0) },
        ErrorCode.ExecutorCrashed,
        "The executor of L7 on node n1 died of SIGSEGV (an invalid memory access in native code). What it printed: rowen logs L7 (and --stream err).");

    [Fact]
    public void Stack_overflow_is_quoted_from_above_its_frames() => Explains(
        Nothing with { Exit = new ChildProcessExit(0, 6, 0), ErrorTail = "Stack overflow.\n   at A.B()\n   at A.C()\n" },
        ErrorCode.ExecutorCrashed,
        "The executor of L7 on node n1 died of SIGABRT (abort: an unhandled exception, a stack overflow, or native code that gave up). "
        + "It printed: \"Stack overflow.\". What it printed: rowen logs L7 (and --stream err).");

    [Theory]
    [InlineData("Process terminated. no way on\n   at A.B()\n", "Process terminated. no way on")]
    [InlineData("Fatal error.\nSystem.AccessViolationException: Attempted to read\n   at A.B()\n", "Fatal error. System.AccessViolationException: Attempted to read")]
    public void What_dotnet_says_of_its_end_is_quoted(string printed, string quoted) => Assert.Contains(
        $"It printed: \"{quoted}\"",
        ExitAnalysis.Explain(Nothing with { Exit = new ChildProcessExit(0, 6, 0), ErrorTail = printed }).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Memory_counts_more_than_the_signal() => Explains(
        Nothing with { Exit = new ChildProcessExit(0, 9, 0), IsOutOfMemory = true, PeakBytes = 513 << 20, LimitBytes = 512 << 20 },
        ErrorCode.OutOfMemory,
        "The executor of L7 on node n1 exceeded its memory: it held 513 MiB, its limit is 512 MiB. Lease more memory. "
        + "What it printed: rowen logs L7 (and --stream err).");

    [Fact]
    public void Last_words_count_more_than_the_signal() => Explains(
        Nothing with { Exit = new ChildProcessExit(0, 9, 0), LastWords = new ExecutorFailure(ErrorCode.DeadlineExceeded, "'f' ran on.") },
        ErrorCode.DeadlineExceeded,
        "The executor of L7 on node n1 ended itself: 'f' ran on. What it printed: rowen logs L7 (and --stream err).");

    [Fact]
    public void Kill_from_outside_is_told_from_ours()
    {
        var killed = new ChildProcessExit(0, 9, 0);

        Assert.Contains("from outside", ExitAnalysis.Explain(Nothing with { Exit = killed }).Message, StringComparison.Ordinal);
        Explains(
            Nothing with { Exit = killed, KillReason = new ErrorAnswer(ErrorCode.PeerLost, "it said nothing for 5 s") },
            ErrorCode.PeerLost,
            "The executor of L7 on node n1 was killed: it said nothing for 5 s. What it printed: rowen logs L7 (and --stream err).");
    }

    [Fact]
    public void Output_cannot_forge_lines_or_floods() => Assert.Equal(
        $"A pooled executor on node n1 exited with code 1: a function ended the process by itself. It printed: \"{new string('x', 240)}\".",
        ExitAnalysis.Explain(new ExitEvidence
        {
            NodeName = "n1",
            Exit = new ChildProcessExit(1, 0, 0),
            ErrorTail = "\u001b" + new string('x', 5000),
        }).Message);

    private static void Explains(ExitEvidence evidence, ErrorCode code, string why) =>
        Assert.Equal(new ErrorAnswer(code, why), ExitAnalysis.Explain(evidence));
}
