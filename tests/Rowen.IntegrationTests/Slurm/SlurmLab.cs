using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.Slurm;

/// <summary>
/// A real Slurm of four nodes with four cores each (build/slurm-lab.sh says what they have of their own), for all tests of
/// <see cref="SharedSlurm"/>; it ends with this process, however that ends. Partition <c>batch</c> preempts <c>harvest</c>.
/// </summary>
/// <remarks>One that cannot be had is a failure, not a reason to leave tests out: the script installs what it needs. Needs root.</remarks>
public sealed partial class SlurmLab : IAsyncLifetime
{
    /// <summary>Users of the lab alone, who are nobody on this machine.</summary>
    public const string Ada = "ada";

    /// <summary>The other.</summary>
    public const string Ben = "ben";

    /// <summary>How long tests wait for Slurm: it takes seconds where nothing is wrong, and half a minute to miss a node.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(200);

    /// <summary>Installing comes on top, once.</summary>
    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(240);

    private const int SlurmdPort = 6818;

    private readonly HashSet<string> _dead = [];
    private readonly HashSet<string> _cut = [];
    private readonly HashSet<string> _healed = [];
    private Process? _script;
    private bool _controllerRuns = true;
    private string _configuration = string.Empty;

    /// <summary>Names of the nodes.</summary>
    public static IReadOnlyList<string> Nodes { get; } = ["n1", "n2", "n3", "n4"];

    /// <summary>Of each node, as Slurm knows them; the machine may have fewer.</summary>
    public static int CoresPerNode => 4;

    /// <summary>A Slurm of its own, of one node, which keeps accounts: slurmdbd and its database run, too.</summary>
    public bool HasAccounting { get; init; }

    /// <summary>Everything of the lab is in it; gone with the lab.</summary>
    public string Folder => Path.Combine(ParentFolder(), string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}{(HasAccounting ? "a" : string.Empty)}")); // short: sockets lie below it

    /// <summary>This machine's address in the cluster's network: what listens on it, nodes can reach.</summary>
    public string Address { get; private set; } = string.Empty;

    /// <summary>slurm.conf; after a change, <see cref="RestartControllerAsync"/>. <see cref="ResetAsync"/> undoes changes.</summary>
    public string ConfigurationFile => Path.Combine(Folder, "etc", "slurm.conf");

    /// <summary>A folder that everybody may write to, seen alike by this machine and all nodes (/tmp is not).</summary>
    public string SharedFolder => Path.Combine(Folder, "shared");

    /// <summary>Variables with which a program finds this Slurm, through commands whose calls are noted.</summary>
    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["SLURM_CONF"] = ConfigurationFile,
        ["PATH"] = $"{Path.Combine(Folder, "bin")}:{Environment.GetEnvironmentVariable("PATH")}",
    };

    private string CallsFile => Path.Combine(Folder, "calls.log");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(ParentFolder());
        _script = Process.Start(new ProcessStartInfo(Path.Combine(Repository.Root, "build", "slurm-lab.sh"), HasAccounting ? [Folder, "1", "accounting"] : [Folder])
        {
            RedirectStandardInput = true, // and so it ends with us, however we do
            RedirectStandardOutput = true,
        })!;
        string? line = await _script.StandardOutput.ReadLineAsync().WaitAsync(StartBound);
        Assert.StartsWith("ready ", line, StringComparison.Ordinal);
        Address = line!["ready ".Length..];
        _configuration = await File.ReadAllTextAsync(ConfigurationFile);
    }

    public async ValueTask DisposeAsync()
    {
        if (_script is not null)
        {
            _script.StandardInput.Close();
            await _script.WaitForExitAsync().WaitAsync(Patience);
            _script.Dispose();
        }
    }

    /// <summary>As after its start: every node idle, no job, slurm.conf and hooks as they were. What a test before left undone is no test's beginning.</summary>
    public async Task ResetAsync()
    {
        foreach (string node in _cut.ToArray())
        {
            await HealNodeAsync(node);
        }

        if (_asleep.Count > 0 && _controllerRuns)
        {
            await PowerUpAsync();
        }

        foreach (string node in _dead.ToArray())
        {
            await StartNodeAsync(node);
        }

        Directory.Delete(Path.Combine(Folder, "hooks"), recursive: true);
        Directory.CreateDirectory(Path.Combine(Folder, "hooks"));
        bool isChanged = await File.ReadAllTextAsync(ConfigurationFile) != _configuration;
        await File.WriteAllTextAsync(ConfigurationFile, _configuration);
        if (isChanged && _controllerRuns)
        {
            await RestartControllerAsync();
        }
        else if (!_controllerRuns)
        {
            await StartControllerAsync();
        }

        (await RunAsync("scancel", "--state=PENDING", "--user=root")).AssertDone(); // waiting ones first: they would take what running ones leave
        foreach (SlurmJob job in await QueueAsync())
        {
            _ = await RunAsync("scancel", job.Id.ToString(CultureInfo.InvariantCulture)); // it may end meanwhile
        }

        await Until.TrueAsync(
            async () =>
            {
                await ResumeHealedAsync();
                return await IsIdleAsync();
            },
            Patience,
            "every node is idle",
            pauseMs: 50);
        foreach (string node in Nodes)
        {
            // Of agents that Slurm had to kill; the next one on the node would remove it.
            (await RunInNodeAsync(node, "find", "/tmp", "-maxdepth", "1", "-name", "rowen-pilot-*", "-exec", "rm", "-rf", "--one-file-system", "{}", "+")).AssertDone();
        }
    }

    /// <summary>
    /// Whoever was cut off for minutes tells the controller of its steps' ends only when TCP tries again: after more than UnkillableStepTimeout Slurm drains the node, whose
    /// processes are long gone. An administrator would resume it. That may be a minute later, in the midst of another test: who was cut off once is looked after to the end.
    /// </summary>
    private async Task ResumeHealedAsync()
    {
        foreach (string node in _healed)
        {
            if ((await StateOfNodeAsync(node)).Contains("DRAIN", StringComparison.Ordinal))
            {
                (await RunAsync("scontrol", "update", $"nodename={node}", "state=resume")).AssertDone();
            }
        }
    }

    /// <summary>Nodes that Slurm has no reason of a test's to drain now.</summary>
    public IReadOnlyList<string> NeverCut => [.. Nodes.Except(_healed)];

    /// <summary>The node loses its power: all its processes are gone at once, and nobody is told.</summary>
    public async Task KillNodeAsync(string node)
    {
        await CommandAsync($"kill {node}");
        _cut.Remove(node);
        _dead.Add(node);
    }

    /// <summary>Switches a node on again, and waits until its slurmd answers. Slurm uses it a moment later: <see cref="UntilNodeAsync"/>.</summary>
    public async Task StartNodeAsync(string node)
    {
        await CommandAsync($"start {node}");
        await Until.TrueAsync(() => AnswersAsync(node), Patience, $"slurmd answers on {node}");
        _dead.Remove(node);
    }

    /// <summary>From now on nothing gets through, and nobody is told.</summary>
    /// <param name="node">Which.</param>
    /// <param name="direction"><c>both</c>; <c>out</c>: what the node sends is lost; <c>in</c>: what it is sent is lost.</param>
    public async Task CutNodeAsync(string node, string direction = "both")
    {
        await CommandAsync($"cut {node} {direction}");
        _cut.Add(node);
    }

    /// <summary>Undoes <see cref="CutNodeAsync"/>.</summary>
    public async Task HealNodeAsync(string node)
    {
        await CommandAsync($"heal {node}");
        _cut.Remove(node);
        _healed.Add(node);
    }

    /// <summary>Ends slurmctld, in order.</summary>
    public async Task StopControllerAsync()
    {
        await CommandAsync("controller stop");
        _controllerRuns = false;
    }

    /// <summary>Ends slurmctld as a crash would: it forgets what happened in the seconds before, unless <see cref="UntilSavedAsync"/>.</summary>
    public async Task KillControllerAsync()
    {
        await CommandAsync("controller kill");
        _controllerRuns = false;
    }

    /// <summary>Starts slurmctld again and waits until it answers; it knows its jobs.</summary>
    public async Task StartControllerAsync()
    {
        await CommandAsync("controller start");
        _controllerRuns = true;
    }

    /// <summary>With slurm.conf as it now is.</summary>
    public async Task RestartControllerAsync()
    {
        await StopControllerAsync();
        await StartControllerAsync();
    }

    /// <summary>Has Slurm run a program as root on each node before each job (<c>prolog</c>) or after it (<c>epilog</c>).</summary>
    public void InstallHook(string name, string script)
    {
        string file = Path.Combine(Folder, "hooks", name);
        File.WriteAllText(file, script);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Every call of Slurm's commands through <see cref="Variables"/> since a moment, in order; those of the lab itself are not among them.</summary>
    /// <param name="since">Null for all.</param>
    public IReadOnlyList<SlurmCall> Calls(DateTimeOffset? since = null) =>
        [.. File.ReadAllLines(CallsFile).Select(SlurmCall.Parse).Where(call => since is null || call.At >= since).OrderBy(call => call.At)];

    /// <summary>A node's address in the cluster's network.</summary>
    public string AddressOf(string node) => $"{Address[..Address.LastIndexOf('.')]}.{10 + int.Parse(node.AsSpan(1), CultureInfo.InvariantCulture)}";

    private async Task<bool> AnswersAsync(string node)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(AddressOf(node)), SlurmdPort, bound.Token);
            return true;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task CommandAsync(string command)
    {
        await _script!.StandardInput.WriteLineAsync(command);
        await _script.StandardInput.FlushAsync();
        Assert.Equal(command, await _script.StandardOutput.ReadLineAsync().WaitAsync(Patience));
    }

    /// <summary>Beside the build's other results, unless ordinary users cannot come there: some of the lab's processes are theirs.</summary>
    private static string ParentFolder()
    {
        for (string? folder = Repository.Root; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (!File.GetUnixFileMode(folder).HasFlag(UnixFileMode.OtherExecute))
            {
                return "/var/tmp/rowen-slurm";
            }
        }

        return Path.Combine(Repository.Root, "artifacts", "slurm");
    }
}
