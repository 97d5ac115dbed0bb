using System.Diagnostics;
using System.Globalization;
using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Fabrics;
using Rowen.Protocol.Identifiers;

namespace Rowen.IntegrationTests.Faults;

/// <summary>A manager and an agent or several, each a process of its own, so that a test can kill any.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-test-").FullName;

    private Process? _manager;
    private readonly List<Process> _agents = [];

    private TestCluster()
    {
    }

    public Process Manager => _manager ?? throw new InvalidOperationException("The manager was not started.");

    public Process Agent => _agents.FirstOrDefault() ?? throw new InvalidOperationException("The agent was not started.");

    /// <summary>Every agent that was started, in that order.</summary>
    public IReadOnlyList<Process> Agents => _agents;

    public string ClusterFile => Path.Combine(_folder, "cluster.json");

    private string ManagerState => Path.Combine(_folder, "manager");

    public static async Task<TestCluster> StartAsync(int cores = 2, int agents = 1, string? memory = null, string? advertise = null)
    {
        var cluster = new TestCluster();
        try
        {
            cluster.StartManager();
            await Until.TrueAsync(() => File.Exists(cluster.ClusterFile), Patience, "the manager wrote its cluster file");
            for (int i = 0; i < agents; i++)
            {
                cluster.StartAgent(cores, memory, advertise);
            }

            await using RowenClient client = await cluster.ConnectAsync();
            await Until.TrueAsync(async () => (await client.NodesAsync()).Count(node => node.State == "up") == agents, Patience, "the agents joined");
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The same with the agent on another network: everything between it and us goes through the cable.</summary>
    /// <param name="network">The other network.</param>
    /// <param name="pretended">A fast network that the node seems to have, or null.</param>
    public static async Task<TestCluster> StartAcrossAsync(NetworkNamespace network, PretendedNetwork? pretended = null)
    {
        var cluster = new TestCluster();
        try
        {
            cluster._manager = Start("manager", "--state", cluster.ManagerState, "--cluster", cluster.ClusterFile, "--listen", $"{network.NearAddress}:0");
            await Until.TrueAsync(() => File.Exists(cluster.ClusterFile), Patience, "the manager wrote its cluster file");
            string[] agent =
            [
                "dotnet", Path.Combine(AppContext.BaseDirectory, "Rowen.Cli.dll"), "agent", "--cluster", cluster.ClusterFile,
                "--state", Path.Combine(cluster._folder, "agent"), "--cores", "1", "--advertise", network.FarAddress,
            ];
            cluster._agents.Add(Process.Start(new ProcessStartInfo(
                "ip", ["netns", "exec", network.Name, .. pretended?.Around(agent) ?? agent])
            { RedirectStandardInput = true })!); // ip becomes the agent
            await using RowenClient client = await cluster.ConnectAsync();
            await Until.TrueAsync(async () => (await client.NodesAsync()).Any(node => node.State == "up"), Patience, "the agent joined");
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public Task<RowenClient> ConnectAsync() => RowenClient.ConnectAsync(ClusterFile);

    public void StartManager() => _manager = Start("manager", "--state", ManagerState, "--cluster", ClusterFile);

    /// <summary>Starts one more agent; the first is named node0, the next node1.</summary>
    public void StartAgent(int cores, string? memory = null, string? advertise = null)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"node{_agents.Count}");
        string[] limit = memory is null ? [] : ["--memory", memory];
        string[] address = advertise is null ? [] : ["--advertise", advertise];
        _agents.Add(Start([
            "agent", "--cluster", ClusterFile, "--state", Path.Combine(_folder, name), "--name", name,
            "--cores", cores.ToString(CultureInfo.InvariantCulture), .. limit, .. address]));
    }

    /// <summary>Processes of the agent's executors, by the kernel's word.</summary>
    public IReadOnlyList<int> Executors() => Processes.ChildrenOf(Agent.Id);

    /// <summary>What a lease printed on the first node, as its agent keeps it.</summary>
    public string ReadLog(LeaseId lease, string stream) =>
        File.ReadAllText(Path.Combine(_folder, "node0", "agent", "logs", lease.ToString(), stream));

    /// <summary>Begins an invocation that sleeps, and waits until it runs.</summary>
    public async Task<Task<int>> SleepAsync(Lease lease, int milliseconds)
    {
        string trace = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, $"sleeps-{lease.Id}")).FullName, "runs");
        Task<int> runs = lease.Function<string, int>("RecordAndSleep")
            .InvokeAsync($"{trace}|1|{milliseconds}", cancellationToken: TestContext.Current.CancellationToken).AsTask();
        await Until.TrueAsync(
            () => runs.IsCompleted || Directory.EnumerateFiles(Path.GetDirectoryName(trace)!).Any(), Patience, "the invocation runs");
        return runs;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Process process in _agents.Append(_manager).OfType<Process>())
        {
            ProcessControl.Kill(process.Id, ProcessSignal.Continue);
            ProcessControl.Kill(process.Id, ProcessSignal.Terminate);
            using var patience = new CancellationTokenSource(Patience);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }

            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Rowen.Cli.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
