using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Rowen.IntegrationTests.Cli;

namespace Rowen.IntegrationTests.Slurm;

/// <summary>What the other tests of this collection rely on.</summary>
[Collection(SharedSlurm.Name)]
public sealed class SlurmLabTests(SlurmLab lab) : IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await lab.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact(Timeout = 600_000)]
    public async Task Job_of_an_ordinary_user_runs_on_every_node_which_has_everything_of_its_own()
    {
        string output = Path.Combine(lab.SharedFolder, "own");

        int job = await lab.SubmitAsync(
            "srun bash -c 'own=$(hostname); touch /dev/shm/$own /tmp/$own; echo $own $USER $(ls /dev/shm /tmp | grep ^n) $(ls /sys/class/net)'",
            ["--nodes=4", "--ntasks-per-node=1", $"--output={output}"], SlurmLab.Ada);
        await lab.UntilJobAsync(job, "COMPLETED");

        Assert.Equal(
            SlurmLab.Nodes.Select(node => $"{node} ada {node} {node} eth0 lo"),
            (await File.ReadAllLinesAsync(output, TestContext.Current.CancellationToken)).Order(StringComparer.Ordinal));
    }

    [Fact(Timeout = 600_000)]
    public async Task Batch_job_takes_the_node_of_a_harvest_job()
    {
        int harvest = await lab.SubmitAsync("exec srun sleep 1000", ["--partition=harvest", "--nodes=1", "--exclusive", "--nodelist=n2"], SlurmLab.Ada);
        await lab.UntilJobAsync(harvest, "RUNNING");
        int batch = await lab.SubmitAsync("true", ["--partition=batch", "--nodes=4", "--exclusive"], SlurmLab.Ben);

        await lab.UntilJobAsync(batch, "COMPLETED");

        Assert.Equal("PREEMPTED", await lab.StateOfJobAsync(harvest));
        await lab.UntilIdleAsync();
    }

    [Fact(Timeout = 600_000)]
    public async Task Node_loses_its_power_and_comes_back()
    {
        Assert.NotEmpty(lab.ProcessesOf("n3"));

        await lab.KillNodeAsync("n3");
        Assert.Empty(lab.ProcessesOf("n3"));
        await lab.StartNodeAsync("n3");

        int job = await lab.SubmitAsync("true", ["--nodes=1", "--nodelist=n3"]);
        await lab.UntilJobAsync(job, "COMPLETED");
    }

    [Theory(Timeout = 600_000)]
    [InlineData("both", false, false)]
    [InlineData("out", true, false)]
    [InlineData("in", false, true)]
    public async Task Cut_cable_loses_what_goes_one_way_or_both(string direction, bool nodeHears, bool nodeIsHeard)
    {
        using var ear = new UdpClient(new IPEndPoint(IPAddress.Parse(lab.Address), 0));
        Assert.Equal((true, true), (await NodeHearsAsync(isExpected: true), await NodeIsHeardAsync(ear, isExpected: true)));

        await lab.CutNodeAsync("n1", direction);

        Assert.Equal((nodeHears, nodeIsHeard), (await NodeHearsAsync(nodeHears), await NodeIsHeardAsync(ear, nodeIsHeard)));
        await lab.HealNodeAsync("n1");
        Assert.Equal((true, true), (await NodeHearsAsync(isExpected: true), await NodeIsHeardAsync(ear, isExpected: true)));
    }

    [Fact(Timeout = 600_000)]
    public async Task Controller_knows_its_jobs_after_a_crash()
    {
        int job = await lab.SubmitAsync("sleep 1000", ["--nodes=2"]);
        await lab.UntilJobAsync(job, "RUNNING");

        await lab.UntilSavedAsync(job);
        await lab.KillControllerAsync();
        Assert.NotEqual(0, (await lab.RunAsync("scontrol", "ping")).ExitCode);
        await lab.StartControllerAsync();

        Assert.Equal("RUNNING", await lab.StateOfJobAsync(job));
    }

    [Fact(Timeout = 600_000)]
    public async Task Calls_through_the_folder_of_commands_are_noted_and_those_of_the_lab_are_not()
    {
        DateTimeOffset since = DateTimeOffset.UtcNow;

        using (Process process = Process.Start(lab.StartInfo(SlurmLab.Ada, "squeue", "--noheader", "--user=ada"))!)
        {
            (await Finished.OfAsync(process, SlurmLab.Patience)).AssertDone();
        }

        _ = await lab.QueueAsync();

        SlurmCall call = Assert.Single(lab.Calls(since));
        Assert.Equal(("squeue", "--noheader --user=ada"), (call.Command, call.Arguments));
    }

    /// <summary>What should come is waited for; what should not, for long enough to have come.</summary>
    private static TimeSpan PatienceFor(bool isExpected) => isExpected ? TimeSpan.FromSeconds(30) : TimeSpan.FromSeconds(2);

    /// <summary>Whether a call of ours reaches the node, answered or not.</summary>
    private async Task<bool> NodeHearsAsync(bool isExpected)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(lab.Address), 0));
        int ours = ((IPEndPoint)socket.LocalEndPoint!).Port;
        using var bound = new CancellationTokenSource(PatienceFor(isExpected));
        Task call = socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(lab.AddressOf("n1")), 6818), bound.Token).AsTask();
        bool isHeard = false;
        while (!isHeard && !bound.IsCancellationRequested)
        {
            isHeard = (await InNodeAsync("ss", "-Htan", $"dport = :{ours}")).Contains($":{ours}", StringComparison.Ordinal);
        }

        await bound.CancelAsync(); // what was heard may never be answered
        await call.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return isHeard;
    }

    /// <summary>Said again and again: a link that has just come up loses some.</summary>
    private async Task<bool> NodeIsHeardAsync(UdpClient ear, bool isExpected)
    {
        int port = ((IPEndPoint)ear.Client.LocalEndPoint!).Port;
        string word = Guid.NewGuid().ToString("N"); // what was said before may come late
        using var bound = new CancellationTokenSource(PatienceFor(isExpected));
        while (!bound.IsCancellationRequested)
        {
            _ = await InNodeAsync("bash", "-c", string.Create(CultureInfo.InvariantCulture, $"echo {word} >/dev/udp/{lab.Address}/{port}"));
            for (int look = 0; look < 10; look++)
            {
                await Task.Delay(20, TestContext.Current.CancellationToken);
                while (ear.Available > 0)
                {
                    if (Encoding.ASCII.GetString((await ear.ReceiveAsync(TestContext.Current.CancellationToken)).Buffer).TrimEnd() == word)
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    private async Task<string> InNodeAsync(string program, params string[] arguments) => (await lab.RunInNodeAsync("n1", program, arguments)).Output;
}
