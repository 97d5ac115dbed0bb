using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Rowen.NodeAgent;
using Rowen.NodeAgent.Capacity;
using Rowen.NodeAgent.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Nodes;

namespace Rowen.IntegrationTests.NodeAgent;

/// <summary>A manager that the test plays, and a real agent with real processes in a folder of its own.</summary>
internal sealed class AgentFixture : IAsyncDisposable
{
    private readonly CancellationTokenSource _drain = new();
    private Task _agent = Task.CompletedTask;

    private AgentFixture(string folder, FakeManager manager)
    {
        Folder = folder;
        Manager = manager;
    }

    public string Folder { get; }

    public FakeManager Manager { get; set; }

    /// <summary>Ends when the agent has left.</summary>
    public Task Agent => _agent;

    /// <summary>Starts an agent whose executors misbehave in one way.</summary>
    public static Task<AgentFixture> StartAsync(
        string behavior, Func<AgentSettings, AgentSettings>? change = null, ControlGroups? groups = null)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Rowen.TestExecutor.dll");
        var command = new ExecutorCommand(Path.Combine(ExecutorCommand.DotnetRoot, "dotnet"), [program, behavior]);
        return StartAsync(command, change, groups);
    }

    /// <summary>Starts an agent with real executors.</summary>
    public static Task<AgentFixture> StartRealAsync(Func<AgentSettings, AgentSettings>? change = null) =>
        StartAsync(ExecutorCommand.FindOrNone(AppContext.BaseDirectory)!, change);

    public static NodeOrder StartOrder(LeaseId lease, long endsAtMs, int cores = 1, long memoryBytes = 256 << 20) => new()
    {
        Kind = NodeOrderKind.StartLease,
        Lease = lease,
        EndsAtAgentMs = endsAtMs,
        Cores = cores,
        MemoryBytes = memoryBytes,
        SlotCount = 4,
        SlotBytes = 4096,
        HotWindowUs = 0,
        Secret = Convert.ToBase64String(new byte[32]),
    };

    /// <summary>Begins a lease and waits until it is ready.</summary>
    public async Task<NodeEvent> LeaseAsync(LeaseId lease, long durationMs = 60_000, long memoryBytes = 256 << 20)
    {
        Manager.Order(StartOrder(lease, await Manager.AgentClockAsync() + durationMs, memoryBytes: memoryBytes));
        return await Manager.EventAsync(lease, hasEnded: false);
    }

    /// <summary>Processes whose program is an executor of this agent.</summary>
    public IReadOnlyList<int> FindExecutors() => FindProcesses(Path.Combine(Folder, "state", "run"));

    public async Task<int> ExecutorAsync()
    {
        for (int i = 0; i < 600; i++)
        {
            if (FindExecutors() is [int only])
            {
                return only;
            }

            await Task.Delay(50);
        }

        throw new TimeoutException($"Within 30 s there was not exactly one executor, but {FindExecutors().Count}.");
    }

    public async Task DrainAsync()
    {
        await _drain.CancelAsync();
        await _agent.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public async ValueTask DisposeAsync()
    {
        await DrainAsync();
        await Manager.DisposeAsync();
        _drain.Dispose();
        Assert.Empty(FindExecutors());
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(Folder, "state", "run")));
        Assert.Empty(FindMemoryGroups(Environment.ProcessId));
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Processes that work below a folder: how executors are known from outside.</summary>
    public static IReadOnlyList<int> FindProcesses(string folder)
    {
        List<int> found = [];
        foreach (string entry in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                && ReadLink(entry + "/cwd").StartsWith(folder, StringComparison.Ordinal))
            {
                found.Add(id);
            }
        }

        return found;
    }

    /// <summary>Of those, the executors themselves.</summary>
    public static IReadOnlyList<int> FindExecutorPrograms(string folder) => [.. FindProcesses(folder).Where(id =>
        File.Exists($"/proc/{id}/cmdline") && File.ReadAllText($"/proc/{id}/cmdline").Contains("Executor", StringComparison.Ordinal))];

    /// <summary>Starts an agent that can be killed without the test.</summary>
    public static Process StartAgentProcess(string folder, string behavior) => Process.Start(
        Path.Combine(ExecutorCommand.DotnetRoot, "dotnet"),
        [FindAgentProgram(), "agent", folder, behavior]);

    /// <summary>An agent in a process namespace of its own, as in a container, where it has an id that nobody has here; our control groups are its own.</summary>
    public static Process StartAgentProcessApart(string folder, string behavior)
    {
        const string script = "echo $(($(cat /proc/sys/kernel/pid_max) - 100)) > /proc/sys/kernel/ns_last_pid; \"$@\" & wait";
        return Process.Start(
            "unshare",
            ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script, "sh",
             Path.Combine(ExecutorCommand.DotnetRoot, "dotnet"), FindAgentProgram(), "agent", folder, behavior]);
    }

    /// <summary>In its own output folder, where its libraries lie: ours take some of them from ASP.NET.</summary>
    private static string FindAgentProgram()
    {
        string own = AppContext.BaseDirectory.TrimEnd('/');
        string all = Path.Combine(own, "..", "..");
        return Path.GetFullPath(Path.Combine(all, "Rowen.TestExecutor", Path.GetFileName(own), "Rowen.TestExecutor.dll"));
    }

    private static async Task<AgentFixture> StartAsync(
        ExecutorCommand command, Func<AgentSettings, AgentSettings>? change, ControlGroups? groups = null)
    {
        string folder = Directory.CreateTempSubdirectory("rowen-agent-test-").FullName;
        var fixture = new AgentFixture(folder, await FakeManager.StartAsync(folder));
        var settings = new AgentSettings
        {
            Cluster = fixture.Manager.Cluster,
            StateFolder = Path.Combine(folder, "state"),
            Name = "testnode",
            DrainGrace = TimeSpan.Zero,
        };
        fixture._agent = AgentHost.RunAsync(
            change?.Invoke(settings) ?? settings,
            command,
            groups ?? ControlGroups.OfThisProcess(),
            NullLoggerFactory.Instance,
            fixture._drain.Token);
        await Task.WhenAny(fixture._agent, fixture.Manager.AgentClockAsync());
        if (fixture._agent.IsFaulted)
        {
            await fixture._agent; // says why
        }

        return fixture;
    }

    public static string[] FindMemoryGroups(int agent)
    {
        string? own = ControlGroups.OfThisProcess().MemoryV1?.Folder;
        return own is null ? [] : Directory.GetDirectories(own, $"rowen-{agent}-*");
    }

    private static string ReadLink(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget ?? string.Empty;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
