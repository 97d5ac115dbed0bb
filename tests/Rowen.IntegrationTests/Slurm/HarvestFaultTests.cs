using System.Diagnostics;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Leases;

namespace Rowen.IntegrationTests.Slurm;

/// <summary>What a Slurm says that fails, lies or talks nonsense: a real one cannot be brought to that.</summary>
public sealed class HarvestFaultTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(200);

    private readonly FakeSlurm _slurm = new();
    private readonly PrivateHome _home = new();
    private Process? _up;
    private Process? _run;
    private ManagerClient? _manager;

    public async ValueTask DisposeAsync()
    {
        _manager?.Dispose();
        _run?.Dispose();
        if (_up is not null)
        {
            PrivateHome.Interrupt(_up);
            await _up.WaitForExitAsync().WaitAsync(Patience);
            _up.Dispose();
        }

        _home.Dispose();
        _slurm.Dispose();
    }

    [Fact(Timeout = 600_000)]
    public async Task Failures_in_a_row_end_submissions_until_somebody_lets_them_go_on()
    {
        _slurm.Replay("sbatch", "sbatch-account-unknown");
        await WaitForNodesAsync();

        await UntilWhyAsync("no pilot is submitted any more after 5 failures in a row");
        Assert.Contains("nvalid account", await WhyAsync(), StringComparison.Ordinal);
        Assert.Equal(5, Count("sbatch"));

        _slurm.Answer("sbatch", "77\n");
        (await _home.RowenAsync("admin", "thaw", "--cluster", ClusterFile)).AssertDone();
        await UntilWhyAsync("pilot 77 waits in Slurm's queue");
        Assert.Equal(6, Count("sbatch"));
    }

    [Fact(Timeout = 600_000)]
    public async Task Queue_that_is_nonsense_or_left_out_loses_no_pilot()
    {
        _slurm.Answer("sbatch", "77\n");
        await WaitForNodesAsync();
        await UntilWhyAsync("pilot 77 waits in Slurm's queue");

        _slurm.AnswerGarbage("squeue");
        await UntilWhyAsync("Slurm cannot be asked: squeue answered nothing in the form that it was asked for");
        Assert.Equal(1, Count("sbatch"));

        _slurm.Answer("squeue", string.Empty); // a cluster that was set up anew
        await UntilWhyAsync("pilot 77 ended before its agent joined");
        await Until.TrueAsync(() => Task.FromResult(Count("sbatch") == 2), Patience, "another pilot is asked for");
        AssertAtMostOnceASecond();
    }

    private string ClusterFile => Path.Combine(_home.Home, "cluster.json");

    /// <summary>A cluster over the fake Slurm, and a run that waits for its nodes.</summary>
    private async Task WaitForNodesAsync()
    {
        _slurm.Answer("squeue", string.Empty);
        _slurm.Answer("scancel", string.Empty);
        _slurm.Answer("sinfo", "n1|idle|4|8192|0/4/0/4\n");
        _up = _home.Start(
            "env", $"PATH={_slurm.SearchPath}", Repository.Rowen, "up", "--slurm", "--site", "--partition", "harvest", "--listen", "127.0.0.1:0", "--cluster", ClusterFile,
            "--state", _home.Folder("state"), "--output", "json");
        _up.StandardInput.Close();
        _up.ErrorDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        _up.BeginErrorReadLine();
        Assert.True(await PrivateHome.ReadLineAsync(_up) is not null, "rowen up ended before it was ready");
        _manager = new ManagerClient(ClusterFiles.Read(ClusterFile));
        _run = _home.Start(Repository.Rowen, "run", "--cluster", ClusterFile, "--", "true");
    }

    private int Count(string command) => _slurm.Calls.Count(call => call.Command == command);

    /// <summary>What the lease that waits says it waits for.</summary>
    private async Task<string> WhyAsync() => (await _manager!.GetLeasesAsync(TestContext.Current.CancellationToken))
        .FirstOrDefault(lease => lease.State == LeaseState.Waiting)?.Reason ?? string.Empty;

    private Task UntilWhyAsync(string part) =>
        Until.TrueAsync(async () => (await WhyAsync()).Contains(part, StringComparison.Ordinal), Patience, $"the lease waits because {part}");

    /// <summary>Of questions; one more at a rest's end, and one more for where the seconds are cut.</summary>
    private void AssertAtMostOnceASecond()
    {
        DateTimeOffset[] asked = [.. _slurm.Calls.Where(call => call.Command is "squeue" or "sinfo").Select(call => call.At)];
        for (int first = 0; first < asked.Length; first++)
        {
            Assert.InRange(asked.Length - first, 1, (asked[^1] - asked[first]).TotalSeconds + 3);
        }
    }
}
