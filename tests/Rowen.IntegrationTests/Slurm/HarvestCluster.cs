using System.Diagnostics;
using System.Globalization;
using Rowen.IntegrationTests.Cli;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Harvests;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;

namespace Rowen.IntegrationTests.Slurm;

/// <summary>A cluster whose nodes come from the lab's Slurm, started as a user does.</summary>
internal sealed class HarvestCluster : IAsyncDisposable
{
    private readonly SlurmLab _lab;
    private readonly string _folder;
    private readonly Process _up;
    private readonly ManagerClient _manager;

    private HarvestCluster(SlurmLab lab, string folder, Process up)
    {
        _lab = lab;
        _folder = folder;
        _up = up;
        _manager = new ManagerClient(ClusterFiles.Read(ClusterFile));
    }

    /// <summary>One that an ordinary user starts, who has a copy of the program, in a partition that everybody may submit to.</summary>
    public static async Task<HarvestCluster> StartAsUserAsync(SlurmLab lab, string user, string partition)
    {
        string folder = Directory.CreateDirectory(Path.Combine(lab.SharedFolder, $"rowen-{Guid.NewGuid():N}")).FullName;
        string own = Directory.CreateDirectory(Path.Combine(folder, user)).FullName;
        (await lab.RunAsync("cp", "-r", Path.Combine(Repository.Root, "artifacts", "rowen"), own)).AssertDone();
        string cluster = Path.Combine(own, "cluster.json");
        ProcessStartInfo start = lab.StartInfo(
            user,
            "env",
            [$"HOME={own}", $"USER={user}", $"DOTNET_CLI_HOME={own}", "DOTNET_EnableDiagnostics=0", Path.Combine(own, "rowen", "Rowen.Cli"), "up", "--slurm", "--partition", partition,
                "--listen", $"{lab.Address}:0", "--cluster", cluster, "--state", Path.Combine(own, "state"), "--output", "json"]);
        (await lab.RunAsAsync("root", "chown", "-R", user, own)).AssertDone();
        Process up = await StartAsync(start);
        File.Copy(cluster, Path.Combine(folder, "cluster.json")); // of ours: nobody reads another's
        return new HarvestCluster(lab, folder, up);
    }

    public string ClusterFile => Path.Combine(_folder, "cluster.json");

    public static Task<HarvestCluster> StartAsync(SlurmLab lab, params string[] options) => StartAsync(lab, options, isSite: true);

    public static async Task<HarvestCluster> StartAsync(SlurmLab lab, string[] options, bool isSite)
    {
        string folder = Directory.CreateDirectory(Path.Combine(lab.SharedFolder, $"rowen-{Guid.NewGuid():N}")).FullName;
        string[] site = isSite ? ["--site"] : [];
        ProcessStartInfo start = lab.StartInfo(
            null,
            Repository.Rowen,
            ["up", "--slurm", "--partition", "harvest", "--listen", $"{lab.Address}:0", "--cluster", Path.Combine(folder, "cluster.json"),
                "--state", Path.Combine(folder, "state"), "--output", "json", .. site, .. options]);
        start.Environment["HOME"] = folder;
        start.Environment["DOTNET_CLI_HOME"] = folder;
        return new HarvestCluster(lab, folder, await StartAsync(start));
    }

    private static async Task<Process> StartAsync(ProcessStartInfo start)
    {
        Process up = Process.Start(start)!;
        up.StandardInput.Close();
        up.ErrorDataReceived += (_, line) => Console.Error.WriteLine(line.Data); // the log, where CI keeps it
        up.BeginErrorReadLine();
        string? ready = await PrivateHome.ReadLineAsync(up);
        Assert.True(ready is not null, "rowen up ended before it was ready");
        return up;
    }

    /// <summary>A verb of <c>rowen</c> on this cluster, under way.</summary>
    public Process Start(params string[] arguments) => Start(null, arguments);

    /// <summary>The same in the shell of a job's owner, as `salloc` gives it to him.</summary>
    public Task<Finished> RowenInJobAsync(int job, params string[] arguments) => FinishAsync(Start(job, arguments));

    private Process Start(int? job, string[] arguments)
    {
        ProcessStartInfo start = _lab.StartInfo(null, Repository.Rowen, arguments);
        if (job is { } number)
        {
            start.Environment["SLURM_JOB_ID"] = number.ToString(CultureInfo.InvariantCulture);
            start.Environment["SLURM_JOB_CPUS_PER_NODE"] = SlurmLab.CoresPerNode.ToString(CultureInfo.InvariantCulture);
            start.Environment["SLURM_MEM_PER_NODE"] = "600"; // would be an option of srun
        }

        start.Environment["HOME"] = _folder;
        start.Environment["DOTNET_CLI_HOME"] = _folder;
        start.Environment["ROWEN_CLUSTER"] = ClusterFile;
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    public Task<Finished> RowenAsync(params string[] arguments) => FinishAsync(Start(arguments));

    /// <summary>A verb on this cluster as one of the lab's users, to whom the cluster's owner has given a copy of its file.</summary>
    public async Task<Finished> RowenAsAsync(string user, params string[] arguments)
    {
        string home = Path.Combine(_lab.SharedFolder, $"{user}-{Path.GetFileName(_folder)}");
        Directory.CreateDirectory(home);
        string copy = Path.Combine(home, "cluster.json");
        File.Copy(ClusterFile, copy, overwrite: true);
        (await _lab.RunAsync(Path.Combine(_lab.Folder, "bin", "as"), "root", "chown", "-R", user, home)).AssertDone();
        // That user, who may read the program wherever it was built: homes of others are closed to him.
        ProcessStartInfo start = _lab.StartInfo(
            "root",
            "setpriv",
            ["--reuid", user, "--regid", user, "--init-groups", "--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search", "--",
                "env", $"HOME={home}", $"USER={user}", Repository.Rowen, .. arguments]);
        start.WorkingDirectory = home;
        start.Environment["ROWEN_CLUSTER"] = copy;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return await Finished.OfAsync(process, TimeSpan.FromMinutes(8));
    }

    /// <summary>The nodes that have joined and take leases.</summary>
    public async Task<IReadOnlyList<NodeView>> UpAsync() =>
        [.. (await _manager.GetNodesAsync(TestContext.Current.CancellationToken)).Where(node => node.State == "up")];

    public Task<HarvestView> HarvestAsync() => _manager.GetHarvestAsync(TestContext.Current.CancellationToken);

    /// <summary>What the first lease that waits says it waits for; null: none waits.</summary>
    public async Task<string?> WhyAsync() => (await _manager.GetLeasesAsync(TestContext.Current.CancellationToken))
        .FirstOrDefault(lease => lease.State == LeaseState.Waiting)?.Reason;

    /// <summary>What the items of a run printed, a line each.</summary>
    public async Task<IReadOnlyList<string>> PrintedAsync(string run)
    {
        Finished logs = await RowenAsync("logs", run);
        logs.AssertDone();
        return logs.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static async Task<Finished> FinishAsync(Process started)
    {
        using Process process = started;
        return await Finished.OfAsync(process, TimeSpan.FromMinutes(8));
    }

    /// <summary>As Ctrl-C: nodes leave, and pilots are taken back, before it ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _manager.Dispose();
        PrivateHome.Interrupt(_up);
        try
        {
            await _up.WaitForExitAsync().WaitAsync(SlurmLab.Patience);
            Assert.True(_up.ExitCode == 0, string.Create(CultureInfo.InvariantCulture, $"rowen up ended with {_up.ExitCode}"));
        }
        finally
        {
            _up.Kill(entireProcessTree: true);
            _up.Dispose();
        }
    }
}
