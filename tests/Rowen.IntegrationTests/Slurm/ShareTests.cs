using System.Diagnostics;
using System.Globalization;
using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.Slurm;

/// <summary>Owners of batch jobs lend what their jobs leave over, and their jobs are none the worse for it.</summary>
[Collection(SharedSlurm.Name)]
public sealed class ShareTests(SlurmLab lab) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = SlurmLab.Patience;
    private static readonly int First = CpuAffinity.GetAllowed()[0];

    public async ValueTask InitializeAsync() => await lab.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact(Timeout = 600_000)]
    public async Task Functions_run_beside_a_job_on_none_of_its_cores_and_the_job_ends_when_its_own_work_does()
    {
        await using var cluster = await HarvestCluster.StartAsync(lab);
        string ownWork = NewGate();
        string functions = NewGate();
        string script = $"""
            export ROWEN_CLUSTER={cluster.ClusterFile}
            srun --nodes=2 --ntasks=2 taskset --cpu-list {First} sleep 4321 &
            own=$!
            {Repository.Rowen} share --cores 1 --memory 512M &
            shared=$!
            while [ ! -e {ownWork} ]; do sleep 0.1; done
            kill $own
            wait
            """;
        int job = await lab.SubmitAsync(script, ["--partition=batch", "--nodes=2", "--exclusive", "--mem=600"]);
        await Until.TrueAsync(async () => (await cluster.UpAsync()).Count(node => node.Cores == 1) == 2, Patience, "both nodes lend a core");
        Task<Finished> mapped = cluster.RowenAsync("run", "--array", "1-2", "--", "sh", "-c", $"while [ ! -e {functions} ]; do sleep 0.1; done; echo $1", "sh", "{item}");
        await Until.TrueAsync(async () => (await cluster.UpAsync()).Count(node => node.LeaseCount == 1) == 2, Patience, "both nodes work");
        await Until.TrueAsync(() => Running("sleep 4321").Count == 2 && OnNodes(functions).Count >= 2, Patience, "the job and the functions run");

        Assert.Equal([First], CoresOf(Running("sleep 4321")));
        IReadOnlyList<int> lent = [CpuAffinity.GetAllowed().Take(SlurmLab.CoresPerNode).Last()];
        Assert.Equal(lent, CoresOf([.. OnNodes(functions), .. OnNodes("Rowen.Executor")]));
        await Until.TrueAsync(() => CoresOf([.. OnNodes("--beside-job").Where(IsAgent)]).SequenceEqual(lent), Patience, "every thread of the agents is on the lent core");

        Assert.All(await cluster.UpAsync(), node => Assert.InRange(node.MemorySlowDown, 1, 1e6)); // measured beside the job

        await File.WriteAllTextAsync(ownWork, string.Empty, TestContext.Current.CancellationToken);
        await lab.UntilJobAsync(job, "COMPLETED"); // though functions go on for ever: their own gate is shut
        await File.WriteAllTextAsync(functions, string.Empty, TestContext.Current.CancellationToken);
        (await mapped).AssertDone();
        Assert.Equal(["1", "2"], (await cluster.PrintedAsync("R1")).Order(StringComparer.Ordinal));
    }

    [Fact(Timeout = 600_000)]
    public async Task Step_that_wants_lent_cores_gets_them_and_the_owner_or_an_administrator_ends_the_lending_when_he_likes()
    {
        await using var cluster = await HarvestCluster.StartAsync(lab);
        int job = await lab.SubmitAsync("sleep 1000", ["--partition=batch", "--nodes=1", "--exclusive", "--mem=600"]);
        await lab.UntilJobAsync(job, "RUNNING");
        string last = CpuAffinity.GetAllowed().Take(SlurmLab.CoresPerNode).Last().ToString(CultureInfo.InvariantCulture);

        (await cluster.RowenInJobAsync(job, "share", "--cpus", last, "--memory", "512M")).AssertDone();
        Assert.Equal(1, Assert.Single(await cluster.UpAsync()).Cores);
        using Process step = Process.Start(lab.StartInfo(null, "srun", $"--jobid={job}", "--nodes=1", "--ntasks=1", "taskset", "--cpu-list", last, "sleep", "1234"))!;
        await Until.TrueAsync(async () => (await cluster.UpAsync()).Count == 0, Patience, "the step has its core");
        Finished refused = await cluster.RowenInJobAsync(job, "share", "--cpus", last, "--memory", "512M");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.True(refused.Error.Contains($"of the job (sleep) is bound to {last}", StringComparison.Ordinal), refused.Error);
        foreach (int process in Running("sleep 1234"))
        {
            Process.GetProcessById(process).Kill();
        }

        await step.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);

        (await cluster.RowenInJobAsync(job, "share", "--cores", "1", "--memory", "512M")).AssertDone();
        Finished second = await cluster.RowenInJobAsync(job, "share", "--cores", "1", "--memory", "512M");
        Assert.Contains("lends already", second.Error, StringComparison.Ordinal);
        (await cluster.RowenInJobAsync(job, "share", "--stop")).AssertDone();
        Assert.Empty(await cluster.UpAsync());

        (await cluster.RowenInJobAsync(job, "share", "--cores", "1", "--memory", "512M")).AssertDone();
        (await cluster.RowenAsync("admin", "freeze", "--within", "1s")).AssertDone();
        Assert.Empty(await cluster.UpAsync());
        Assert.Equal("RUNNING", await lab.StateOfJobAsync(job));
        await lab.AssertNothingIsLeftAsync();
    }

    [Fact(Timeout = 600_000)]
    public async Task Job_that_offers_in_its_comment_is_taken_at_its_word_while_a_lease_waits()
    {
        int full = await lab.SubmitAsync("sleep 1000", ["--partition=batch", "--nodes=3", "--exclusive"], SlurmLab.Ben);
        int offering = await lab.SubmitAsync("sleep 1000", ["--partition=batch", "--nodes=1", "--exclusive", "--mem=600", "--comment=night run rowen:cores=1,memory=512M,bound=memory"]);
        await lab.UntilJobAsync(full, "RUNNING");
        await lab.UntilJobAsync(offering, "RUNNING");
        await using var cluster = await HarvestCluster.StartAsync(lab);

        using Process hurting = cluster.Start("run", "--bound", "memory", "--", "true");
        await Until.TrueAsync(async () => await cluster.WhyAsync() is { } why && why.Contains("it is memory-bound, and N1 lies beside job", StringComparison.Ordinal), Patience, "what would hurt the job waits");
        Finished done = await cluster.RowenAsync("run", "--bound", "compute", "--", "hostname");

        done.AssertDone();
        Assert.Equal(offering.ToString(CultureInfo.InvariantCulture), Assert.Single(await cluster.UpAsync()).BatchJob);
        hurting.Kill(entireProcessTree: true);
    }

    private string NewGate() => Path.Combine(lab.SharedFolder, $"gate-{Guid.NewGuid():N}");

    private List<int> Running(string command) =>
        [.. SlurmLab.Nodes.SelectMany(lab.ProcessesOf).Where(process => ReadOf(process, "cmdline").Replace('\0', ' ').TrimEnd() == command)];

    /// <summary>Processes on nodes with an argument that contains this.</summary>
    private List<int> OnNodes(string arguments) =>
        [.. SlurmLab.Nodes.SelectMany(lab.ProcessesOf).Where(process => ReadOf(process, "cmdline").Contains(arguments, StringComparison.Ordinal))];

    private static bool IsAgent(int process) => !ReadOf(process, "comm").StartsWith("srun", StringComparison.Ordinal);

    /// <summary>Where they may run, all of their threads together.</summary>
    private static List<int> CoresOf(IReadOnlyList<int> processes)
    {
        Assert.NotEmpty(processes);
        return
        [
            .. processes.SelectMany(process => Directory.EnumerateDirectories($"/proc/{process}/task"))
                .Select(thread => ReadOf(thread, "status").Split('\n').FirstOrDefault(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)))
                .OfType<string>()
                .SelectMany(line => ProcessorList.TryParse(line["Cpus_allowed_list:".Length..], out IReadOnlyList<int> cores) ? cores : [])
                .Distinct().Order(),
        ];
    }

    private static string ReadOf(int process, string file) => ReadOf($"/proc/{process}", file);

    private static string ReadOf(string folder, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return string.Empty; // it has ended meanwhile
        }
    }
}
