using System.Diagnostics;
using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.Fabric;

/// <summary>
/// Real InfiniBand verbs, in an emulated guest with Soft-RoCE: what is written for <c>tcp;ofi_rxm</c> must hold where writes
/// need registered memory on both sides, keys are the network's own, and notifications consume posted room.
/// </summary>
/// <remarks>A guest that cannot be had is a failure, not a reason to leave this out: build/verbs-guest.sh installs what it needs.</remarks>
public sealed class VerbsGuestTests
{
    /// <summary>A quiet machine takes a fifth of it.</summary>
    private static readonly TimeSpan GuestBound = TimeSpan.FromSeconds(420);

    /// <summary>Installing and fetching come on top, once.</summary>
    private static readonly TimeSpan Bound = GuestBound + TimeSpan.FromSeconds(180);

    private static readonly TimeSpan EndBound = TimeSpan.FromSeconds(60);

    private static readonly string Script = Path.Combine(Repository.Root, "build", "verbs-guest.sh");

    [Fact(Timeout = 660_000)]
    public async Task Contract_is_kept_over_verbs_both_ways_and_verbs_are_chosen_by_themselves()
    {
        string tests = Path.Combine(AppContext.BaseDirectory, "Rowen.IntegrationTests.dll");
        string rowen = Path.Combine(AppContext.BaseDirectory, "Rowen.Cli.dll");

        // Both ways of notifying: the one that a probe finds, since verbs carry notifications themselves, and forced messages; and pieces. Left
        // out are the test that registers 5 GiB, which verbs pin, and the guest has less; and those of borrowed memory: verbs want registered.
        (int exitCode, string output) = await RunInGuestAsync(
            "bash", "-c",
            $"dotnet '{rowen}' doctor && {TestedProvider.Variable}='verbs;ofi_rxm' exec dotnet '{tests}' -noLogo -noColor -verbose "
            + $"-class {typeof(OfiContractTests).FullName} -class {typeof(OfiMessageContractTests).FullName} -class {typeof(OfiPiecesContractTests).FullName} "
            + $"-method- '*{nameof(OfiContractTests.Offsets_beyond_four_gibibytes_are_meant)}' "
            + $"-method- '*{nameof(OfiContractTests.Borrowed_bytes_are_written_and_read_where_they_lie)}' "
            + $"-method- '*{nameof(OfiContractTests.Operation_that_would_outlive_the_bytes_it_borrowed_is_broken_off_with_its_connection)}'");

        Assert.True(exitCode == 0, $"the guest ended with {exitCode}: {output}");
        TestSummary summary = Assert.IsType<TestSummary>(TestSummary.ReadOrNone(output));
        Assert.True(summary.Total > 120, output);
        Assert.Equal((0, 0), (summary.Failed, summary.Skipped));
        Assert.Contains("adapters: infiniband/rxe0", output, StringComparison.Ordinal);
        Assert.Contains("used by itself, over verbs;ofi_rxm", output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 660_000)]
    public async Task Guest_ends_with_whoever_started_it()
    {
        using Process script = Start("sleep", "200");
        try
        {
            await Until.TrueAsync(() => GuestOf(script.Id) != 0, Bound, "the guest starts");
            int guest = GuestOf(script.Id);

            Assert.True(ProcessControl.Kill(script.Id, ProcessSignal.Terminate));
            await script.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(EndBound, TestContext.Current.CancellationToken);

            Assert.Equal(125, script.ExitCode);
            await Until.TrueAsync(() => !Processes.IsAlive(guest), EndBound, "the guest has ended");
        }
        finally
        {
            script.Kill(entireProcessTree: true);
        }
    }

    /// <summary>QEMU is a child of timeout, which is a child of the script.</summary>
    private static int GuestOf(int script) => Processes.ChildrenOf(script).SelectMany(Processes.ChildrenOf)
        .FirstOrDefault(process => Processes.NameOf(process).StartsWith("qemu-system", StringComparison.Ordinal));

    private static async Task<(int ExitCode, string Output)> RunInGuestAsync(params IEnumerable<string> command)
    {
        using Process script = Start(command);
        try
        {
            Task<string> output = script.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            Task<string> error = script.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await script.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Bound, TestContext.Current.CancellationToken);
            return (script.ExitCode, await output + await error);
        }
        finally
        {
            await EndAsync(script);
        }
    }

    private static Process Start(params IEnumerable<string> command) => Process.Start(
        new ProcessStartInfo(Script, ["--seconds", $"{GuestBound.TotalSeconds}", .. command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    /// <summary>However the test ends: the script takes its guest and its files along if it is asked to end.</summary>
    private static async Task EndAsync(Process script)
    {
        if (!script.HasExited)
        {
            _ = ProcessControl.Kill(script.Id, ProcessSignal.Terminate);
            using var bound = new CancellationTokenSource(EndBound);
            await script.WaitForExitAsync(bound.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            script.Kill(entireProcessTree: true);
        }
    }
}
