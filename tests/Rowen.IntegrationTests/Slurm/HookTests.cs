using System.Diagnostics;
using System.Globalization;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;
using Rowen.Protocol.Nodes;

namespace Rowen.IntegrationTests.Slurm;

/// <summary>A site's prolog and epilog have a node's agent make way for jobs, and no job fails or hangs because of them.</summary>
[Collection(SharedSlurm.Name)]
public sealed class HookTests(SlurmLab lab) : IAsyncLifetime
{
    private const string Node = "n1";

    private static readonly TimeSpan Patience = SlurmLab.Patience;
    private static readonly string Program = Path.Combine(Repository.Root, "artifacts", "rowen", "Rowen.Cli");

    /// <summary>In the node's own folder of temporary files, and another for each test: what hooks of the one before said is nothing to this.</summary>
    private readonly string _folder = $"/tmp/hooks-{Guid.NewGuid():N}";

    public async ValueTask InitializeAsync() => await lab.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact(Timeout = 600_000)]
    public async Task Agent_makes_way_while_a_job_is_on_its_node_and_its_work_goes_on_elsewhere()
    {
        await using var cluster = await HarvestCluster.StartAsync(lab);
        using Process agent = StartAgent(cluster);
        await Until.TrueAsync(async () => await FindAsync(cluster) is not null, Patience, "the agent has joined");
        string gate = Path.Combine(lab.SharedFolder, $"gate-{Guid.NewGuid():N}");
        Task<Finished> called = cluster.RowenAsync("run", "--", "sh", "-c", $"while [ ! -e {gate} ]; do sleep 0.1; done; echo done");
        await Until.TrueAsync(async () => await FindAsync(cluster) is { LeaseCount: 1 }, Patience, "it works");
        InstallHooks(Program);

        int job = 0;
        await Until.InOneOfAsync(5, async () => await IsToldOfAsync(job = await BeginJobAsync(job)), "the prolog came to tell of a job within its two seconds");
        await Until.TrueAsync(async () => await FindAsync(cluster) is null, Patience, "the agent has made way");
        await Until.TrueAsync(async () => (await cluster.UpAsync()).Any(node => node.LeaseCount == 1), Patience, "its work goes on elsewhere"); // as long as the node is taken
        await lab.RunAsync("scancel", job.ToString(CultureInfo.InvariantCulture));
        await Until.TrueAsync(async () => await FindAsync(cluster) is not null, Patience, "the agent offers the node again");

        await File.WriteAllTextAsync(gate, string.Empty, TestContext.Current.CancellationToken);
        (await called).AssertDone();
        Assert.Equal(["done"], await cluster.PrintedAsync("R1"));
        await EndAsync(agent);
    }

    [Fact(Timeout = 600_000)]
    public async Task Job_begins_though_the_agent_is_stopped_or_the_program_is_missing()
    {
        await using var cluster = await HarvestCluster.StartAsync(lab);
        using Process agent = StartAgent(cluster);
        await Until.TrueAsync(async () => await FindAsync(cluster) is not null, Patience, "the agent has joined");
        int stopped = Agent();
        await SignalAsync("STOP", stopped);
        InstallHooks(Program);
        await Until.InOneOfAsync(
            5,
            async () =>
            {
                Assert.Equal("COMPLETED", await RunJobAsync());
                return (await InNodeAsync("cat", $"{_folder}/hook.log")).Contains("has not made way", StringComparison.Ordinal);
            },
            "the prolog came to say within its two seconds that nobody answers");
        Assert.Contains("State:\tT", await File.ReadAllTextAsync($"/proc/{stopped}/status", TestContext.Current.CancellationToken), StringComparison.Ordinal);

        InstallHooks("/nowhere/rowen");
        Assert.Equal("COMPLETED", await RunJobAsync());

        Assert.Equal("IDLE", await lab.StateOfNodeAsync(Node)); // and not drained, as after a hook that fails
        await SignalAsync("CONT", agent.Id); // nsenter, which stopped with what it had started, and has that go on
        await SignalAsync("CONT", stopped);
        await EndAsync(agent);
    }

    /// <summary>As docs/operating-slurm.md says it.</summary>
    private void InstallHooks(string program)
    {
        foreach ((string kind, string first) in ((string, string)[])[("prolog", ":"), ("epilog", $"rm -f \"{_folder}/jobs/$SLURM_JOB_ID\"")])
        {
            lab.InstallHook(kind, $"""
                #!/bin/sh
                {first}
                export DOTNET_EnableDiagnostics=0
                timeout --signal=KILL 2 {program} hook {kind} --hooks {_folder} </dev/null >/dev/null 2>&1 || true

                """);
        }
    }

    private Process StartAgent(HarvestCluster cluster)
    {
        Process agent = Process.Start(lab.StartInfoInNode(
            Node, Program, "agent", "--between-jobs", "--hooks", _folder, "--cluster", cluster.ClusterFile, "--state", $"{_folder}-agent", "--name", Node,
            "--advertise", lab.AddressOf(Node)))!;
        agent.StandardInput.Close();
        agent.ErrorDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        agent.BeginErrorReadLine();
        return agent;
    }

    /// <summary>The eldest: what it starts looks the same for a moment.</summary>
    private int Agent() => lab.ProcessesOf(Node).Where(process => File.ReadAllText($"/proc/{process}/cmdline").Contains("\0--between-jobs\0", StringComparison.Ordinal)).Min();

    private async Task EndAsync(Process agent)
    {
        await SignalAsync("TERM", Agent());
        await agent.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(0, agent.ExitCode);
    }

    private static async Task SignalAsync(string signal, int process)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", process.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>The node as the agent that is in no job offers it.</summary>
    private static async Task<NodeView?> FindAsync(HarvestCluster cluster) => (await cluster.UpAsync()).FirstOrDefault(node => node.BatchJob.Length == 0);

    private async Task<string> RunJobAsync()
    {
        int job = await lab.SubmitAsync("true", ["--partition=batch", $"--nodelist={Node}", "--exclusive"], SlurmLab.Ada);
        await lab.UntilJobAsync(job, "COMPLETED", "FAILED", "CANCELLED", "NODE_FAIL");
        return await lab.StateOfJobAsync(job);
    }

    /// <summary>A job that goes on until it is cancelled, in place of another.</summary>
    private async Task<int> BeginJobAsync(int before)
    {
        if (before != 0)
        {
            await lab.RunAsync("scancel", before.ToString(CultureInfo.InvariantCulture));
            await lab.UntilNodeAsync(Node, "IDLE");
        }

        int job = await lab.SubmitAsync("sleep 1000", ["--partition=batch", $"--nodelist={Node}", "--exclusive"], SlurmLab.Ada);
        await lab.UntilJobAsync(job, "RUNNING");
        return job;
    }

    private async Task<bool> IsToldOfAsync(int job) =>
        (await InNodeAsync("ls", $"{_folder}/jobs")).Split('\n').Contains(job.ToString(CultureInfo.InvariantCulture));

    private async Task<string> InNodeAsync(string program, string file) => (await lab.RunInNodeAsync(Node, program, file)).Output;
}
