using System.Diagnostics;
using System.Text.Json;
using Rowen.IntegrationTests.Cli;

namespace Rowen.IntegrationTests.Slurm;

/// <summary><c>rowen doctor --slurm</c> on a real Slurm, whose configuration is spoiled in ways that sites' are.</summary>
[Collection(SharedSlurm.Name)]
public sealed class SlurmDoctorTests(SlurmLab lab) : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(4);

    public async ValueTask InitializeAsync() => await lab.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact(Timeout = 600_000)]
    public async Task Slurm_as_it_should_be_has_no_problem_and_costs_three_calls()
    {
        DateTimeOffset since = DateTimeOffset.UtcNow;

        (int exitCode, JsonElement slurm) = await DoctorAsync("--partition", "harvest");

        Assert.True(exitCode == 0, slurm.ToString());
        Assert.Empty(Problems(slurm));
        Assert.Equal("lab", slurm.GetProperty("cluster").GetString());
        Assert.Equal(13.5, slurm.GetProperty("reclaim").GetProperty("worstSeconds").GetDouble());
        Assert.Equal(["scontrol", "scontrol", "scontrol"], lab.Calls(since).Select(call => call.Command));
    }

    [Fact(Timeout = 600_000)]
    public async Task Two_jobs_on_two_nodes_are_tried_where_that_is_asked_for_and_nothing_of_them_stays()
    {
        string cluster = Path.Combine(lab.SharedFolder, $"doctor-{Guid.NewGuid():N}", "cluster.json");

        (int exitCode, JsonElement slurm) = await DoctorAsync("--partition", "batch", "--try-jobs", "--cluster", cluster);

        JsonElement finding = slurm.GetProperty("findings").EnumerateArray().Single(each => each.GetProperty("name").GetString() == "reachability");
        Assert.True(finding.GetProperty("verdict").GetString() == "ok", finding.ToString());
        Assert.Contains(" over tcp;", finding.GetProperty("what").GetString(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(cluster)!));
        await lab.UntilIdleAsync();
        Assert.DoesNotContain("reachability", Problems(slurm));
        Assert.InRange(exitCode, 0, 1); // of other findings: pilots do not belong into that partition
    }

    [Fact(Timeout = 600_000)]
    public async Task Jobs_are_not_tried_where_fewer_than_two_nodes_are_idle()
    {
        int busy = await lab.SubmitAsync("sleep 1000", ["--partition=batch", "--nodes=3", "--exclusive"], SlurmLab.Ben);
        await lab.UntilJobAsync(busy, "RUNNING");
        DateTimeOffset since = DateTimeOffset.UtcNow;

        (_, JsonElement slurm) = await DoctorAsync("--partition", "harvest", "--try-jobs", "--cluster", Path.Combine(lab.SharedFolder, "cluster.json"));

        Assert.Contains("Two idle nodes are needed", slurm.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(lab.Calls(since), call => call.Command == "sbatch");
    }

    [Fact(Timeout = 600_000)]
    public async Task Several_mistakes_of_one_configuration_are_all_named()
    {
        await ChangeAsync(
            ("PriorityTier=1 ", "PriorityTier=20 "), ("KillWait=5", "KillWait=1"), ("CompleteWait=0", "CompleteWait=10"), ("PreemptType=preempt/partition_prio", "PreemptType=preempt/none"),
            ("PreemptMode=CANCEL\n", "PreemptMode=OFF\n"), (" PreemptMode=CANCEL GraceTime=0", string.Empty), (" PreemptMode=OFF", string.Empty),
            ("MaxTime=02:00:00", "MaxTime=00:45:00 OverSubscribe=FORCE:2"));

        (int exitCode, JsonElement slurm) = await DoctorAsync("--partition", "harvest");

        Assert.Equal(1, exitCode);
        Assert.Equal(
            ["complete-wait", "kill-wait", "max-time", "over-subscribe", "preempt-mode", "preempt-type", "priority-tier"],
            Problems(slurm).Order(StringComparer.Ordinal));
    }

    [Fact(Timeout = 600_000)]
    public async Task Several_mistakes_of_another_configuration_are_all_named()
    {
        await ChangeAsync(
            ("DefaultTime=00:30:00 State=UP", "DefaultTime=00:30:00 State=DRAIN RootOnly=YES"), ("KillWait=5", "KillWait=5\nPreemptExemptTime=00:10:00"), ("proctrack/linuxproc", "proctrack/pgid"));

        (int exitCode, JsonElement slurm) = await DoctorAsync("--partition", "harvest");

        Assert.Equal(1, exitCode);
        Assert.Equal(["access", "exempt-time", "partition", "process-tracking"], Problems(slurm).Order(StringComparer.Ordinal));
    }

    [Fact(Timeout = 600_000)]
    public async Task Site_that_follows_the_plan_has_nothing_to_mend_and_takes_its_pilots()
    {
        string cluster = Path.Combine(lab.SharedFolder, "cluster.json");
        Finished planned = await RowenAsync(_ => { }, "admin", "plan", "--dry-run", "--partition", "scavenge", "--cluster", cluster, "--output", "json");
        planned.AssertDone();
        Dictionary<string, string> plan = JsonDocument.Parse(planned.Output).RootElement.EnumerateArray()
            .ToDictionary(part => part.GetProperty("name").GetString()!, part => part.GetProperty("text").GetString()!);
        await ChangeAsync(("PreemptType=preempt/partition_prio\nPreemptMode=CANCEL\n", string.Empty), ("PartitionName=batch", plan["slurm.conf"] + "PartitionName=batch"));

        (int exitCode, JsonElement slurm) = await DoctorAsync("--partition", "scavenge");
        Assert.True(exitCode == 0, slurm.ToString());

        string script = Path.Combine(lab.SharedFolder, "pilot.sh");
        await File.WriteAllTextAsync(script, plan["pilot.sh"], TestContext.Current.CancellationToken);
        Finished submitted = await lab.RunAsync("sh", "-c", $"{plan["sbatch"].TrimEnd()} --hold <{script}");
        submitted.AssertDone();
        SlurmJob pilot = Assert.Single(await lab.QueueAsync());
        Assert.Equal(("rowen-pilot-CLUSTER", "scavenge", "rowen:pilot"), (pilot.Name, pilot.Partition, pilot.Comment));
    }

    [Fact(Timeout = 600_000)]
    public async Task Absent_partition_is_named_with_those_that_exist()
    {
        (_, JsonElement slurm) = await DoctorAsync("--partition", "scavenge");

        Assert.Equal(["partition"], Problems(slurm));
        Assert.Contains("batch, harvest", slurm.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 600_000)]
    public async Task Slurm_that_cannot_be_asked_is_told_by_what_is_missing()
    {
        await lab.StopControllerAsync();
        (int exitCode, JsonElement slurm) = await DoctorAsync();
        Assert.Equal((1, "controller"), (exitCode, Assert.Single(Problems(slurm))));
        await lab.StartControllerAsync();

        string other = Path.Combine(lab.SharedFolder, "other.conf");
        string configuration = await File.ReadAllTextAsync(lab.ConfigurationFile, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(other, configuration.Replace("/munge/socket", "/nowhere", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        (_, slurm) = await DoctorAsync(start => start.Environment["SLURM_CONF"] = other);
        Assert.Equal("authentication", Assert.Single(Problems(slurm)));

        (_, slurm) = await DoctorAsync(start => start.Environment["PATH"] = lab.SharedFolder); // where no command is
        Assert.Equal("commands", Assert.Single(Problems(slurm)));
    }

    [Fact(Timeout = 600_000)]
    public async Task Words_that_mean_nothing_are_no_reason_to_fall_over()
    {
        using var fake = new FakeSlurm();
        fake.AnswerGarbage("scontrol");
        (int exitCode, JsonElement slurm) = await DoctorAsync(start => start.Environment["PATH"] = fake.SearchPath);
        Assert.Equal((1, "partition"), (exitCode, Assert.Single(Problems(slurm))));

        fake.Replay("scontrol show config", "config", FakeSlurm.New);
        fake.Replay("scontrol show partitions", "partitions", FakeSlurm.New);
        fake.Replay("scontrol show nodes", "nodes", FakeSlurm.New);
        (_, slurm) = await DoctorAsync(start => start.Environment["PATH"] = fake.SearchPath, "--partition", "harvest");
        Assert.Equal(("24.11.5", "clock"), (slurm.GetProperty("version").GetString(), Assert.Single(Problems(slurm)))); // it was recorded long ago
    }

    private static string[] Problems(JsonElement slurm) =>
        [.. slurm.GetProperty("findings").EnumerateArray().Where(each => each.GetProperty("verdict").GetString() == "problem").Select(each => each.GetProperty("name").GetString()!)];

    private async Task ChangeAsync(params (string Right, string Wrong)[] changes)
    {
        string text = await File.ReadAllTextAsync(lab.ConfigurationFile, TestContext.Current.CancellationToken);
        foreach ((string right, string wrong) in changes)
        {
            Assert.Contains(right, text, StringComparison.Ordinal);
            text = text.Replace(right, wrong, StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(lab.ConfigurationFile, text, TestContext.Current.CancellationToken);
        await lab.RestartControllerAsync();
    }

    private Task<(int ExitCode, JsonElement Slurm)> DoctorAsync(params string[] options) => DoctorAsync(_ => { }, options);

    private async Task<(int ExitCode, JsonElement Slurm)> DoctorAsync(Action<ProcessStartInfo> change, params string[] options)
    {
        Finished finished = await RowenAsync(change, ["doctor", "--slurm", "--output", "json", .. options]);
        Assert.True(finished.Output.StartsWith('{'), finished.Error);
        return (finished.ExitCode, JsonDocument.Parse(finished.Output).RootElement.GetProperty("slurm"));
    }

    private async Task<Finished> RowenAsync(Action<ProcessStartInfo> change, params string[] arguments)
    {
        string dotnet = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, "dotnet")).First(File.Exists);
        ProcessStartInfo start = lab.StartInfo(null, dotnet, [Path.Combine(AppContext.BaseDirectory, "Rowen.Cli.dll"), .. arguments]);
        change(start);
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return await Finished.OfAsync(process, Bound);
    }
}
