using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Rowen.IntegrationTests.Cli;

namespace Rowen.IntegrationTests.Fabric;

/// <summary>
/// Real InfiniBand verbs, in an emulated guest with Soft-RoCE: what is written for <c>tcp;ofi_rxm</c> must hold where writes
/// need registered memory on both sides, keys are the network's own, and notifications consume posted room.
/// </summary>
/// <remarks>
/// Not among those that <c>./test</c> runs: the emulated guest has stopped in the middle of some runs, for reasons not found
/// yet. By hand: <c>dotnet artifacts/bin/Rowen.IntegrationTests/debug/Rowen.IntegrationTests.dll -explicit only -class
/// '*VerbsGuestTests'</c>.
/// </remarks>
public sealed partial class VerbsGuestTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(4);

    [Fact(Explicit = true, Timeout = 300_000)]
    public async Task Contract_is_kept_over_verbs_which_are_chosen_by_themselves()
    {
        string tests = Path.Combine(AppContext.BaseDirectory, "Rowen.IntegrationTests.dll");
        string rowen = Path.Combine(AppContext.BaseDirectory, "Rowen.Cli.dll");

        // The way of notifying that a probe finds, since verbs carry notifications themselves. Forced messages are not tried
        // here: 64 large writes at once bring process or guest down, for reasons not found yet. One test is left out: it registers 5 GiB,
        // which verbs pin, and the guest has less.
        (int exitCode, string output) = await RunInGuestAsync(
            "bash", "-c",
            $"dotnet '{rowen}' doctor && {TestedProvider.Variable}='verbs;ofi_rxm' exec dotnet '{tests}' -noLogo -noColor -verbose "
            + $"-class {typeof(OfiContractTests).FullName} "
            + $"-method- '*{nameof(OfiContractTests.Offsets_beyond_four_gibibytes_are_meant)}'");

        Match summary = Summary().Match(output);
        Assert.True(exitCode == 0 && summary.Success, $"the guest ended with {exitCode}: {output}");
        Assert.True(int.Parse(summary.Groups["total"].Value, CultureInfo.InvariantCulture) > 40, output);
        Assert.Equal("0", summary.Groups["failed"].Value);
        Assert.Equal("0", summary.Groups["skipped"].Value);
        Assert.Contains("adapters: infiniband/rxe0", output, StringComparison.Ordinal);
        Assert.Contains("used by itself, over verbs;ofi_rxm", output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output)> RunInGuestAsync(params IEnumerable<string> command)
    {
        string script = Path.Combine(Repository.Root, "build", "verbs-guest.sh");
        using Process process = Process.Start(new ProcessStartInfo(script, ["--seconds", "150", .. command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Bound, TestContext.Current.CancellationToken);
            return (process.ExitCode, await output + await error);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    [GeneratedRegex(@"Total: (?<total>\d+), Errors: 0, Failed: (?<failed>\d+), Skipped: (?<skipped>\d+)")]
    private static partial Regex Summary();
}
