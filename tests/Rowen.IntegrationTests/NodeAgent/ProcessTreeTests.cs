using System.Diagnostics;
using System.Globalization;
using Rowen.NodeAgent.Executors;

namespace Rowen.IntegrationTests.NodeAgent;

/// <summary>Real processes: a shell starts another one in a session of its own, and ends before it.</summary>
public sealed class ProcessTreeTests : IDisposable
{
    /// <summary>Of each test its own: what the one before killed may still be ending.</summary>
    private readonly string _scratch = $"/tmp/rowen-no-such-folder/{Guid.NewGuid():N}/E1";

    private Process? _parent;
    private Process? _child;

    public void Dispose()
    {
        _parent?.Dispose();
        _child?.Kill();
        _child?.Dispose();
    }

    [Fact(Timeout = 120_000)]
    public async Task Descendants_that_were_seen_stay_known_when_their_parent_has_ended()
    {
        (int parent, int child) = await StartAsync();
        IReadOnlyList<TreeProcess> known = ProcessTree.Read(parent, []);
        await EndAsync();

        Assert.Contains(known, process => process.Id == child);
        Assert.Equal(child, Assert.Single(ProcessTree.Read(parent, known)).Id);
        Assert.Empty(ProcessTree.Read(parent, []));
    }

    [Fact(Timeout = 120_000)]
    public async Task Descendants_that_nobody_saw_are_known_by_their_environment()
    {
        (int parent, int child) = await StartAsync();
        await EndAsync();

        Assert.Equal(child, Assert.Single(ProcessTree.Read(parent, [], _scratch)).Id);
        Assert.Empty(ProcessTree.Read(parent, [], _scratch + "0"));
    }

    private async Task<(int Parent, int Child)> StartAsync()
    {
        var start = new ProcessStartInfo("sh", ["-c", "setsid sleep 300 >/dev/null & echo $!; read end"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["TMPDIR"] = ExecutorEnvironment.TemporaryFolder(_scratch);
        _parent = Process.Start(start)!;
        string line = await _parent.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? string.Empty;
        int child = int.Parse(line, CultureInfo.InvariantCulture);
        while (!(await File.ReadAllTextAsync($"/proc/{child}/cmdline")).StartsWith("sleep", StringComparison.Ordinal))
        {
            await Task.Delay(5);
        }

        _child = Process.GetProcessById(child);
        return (_parent.Id, child);
    }

    private async Task EndAsync()
    {
        _parent!.StandardInput.Close();
        await _parent.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
