using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;
using Rowen.Protocol;
using Rowen.Protocol.Audits;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Limits;
using Rowen.Protocol.Nodes;

namespace Rowen.IntegrationTests.Slurm;

/// <summary>Nodes come from a real Slurm while leases wait for them, and go back at once.</summary>
[Collection(SharedSlurm.Name)]
public sealed class HarvestTests(SlurmLab lab) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = SlurmLab.Patience;

    public async ValueTask InitializeAsync() => await lab.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact(Timeout = 600_000)]
    public async Task Idle_nodes_come_for_a_map_a_batch_job_gets_them_at_once_and_every_item_has_its_result()
    {
        await using var cluster = await HarvestCluster.StartAsync(lab, "--idle-timeout", "3s");
        string gate = Path.Combine(lab.SharedFolder, $"gate-{Guid.NewGuid():N}"); // no node is so late that the map is over before
        Task<Finished> mapped = cluster.RowenAsync(
            "run", "--array", "1-400", "--", "sh", "-c", "while [ ! -e $1 ]; do sleep 0.1; done; sleep 0.1; echo $2", "sh", gate, "{item}");
        await Until.TrueAsync(async () => (await cluster.UpAsync()).Count >= 3, Patience, "three nodes have joined");

        int job = await lab.SubmitAsync("true", ["--partition=batch", "--nodes=2", "--exclusive"], SlurmLab.Ben);
        await lab.UntilJobAsync(job, "COMPLETED");
        await File.WriteAllTextAsync(gate, string.Empty, TestContext.Current.CancellationToken);
        Finished finished = await mapped;

        finished.AssertDone();
        AssertEachOnce(400, await cluster.PrintedAsync("R1"));
        await Until.TrueAsync(async () => (await cluster.UpAsync()).Count == 0, Patience, "nobody needs the nodes, and they went back");
        await lab.UntilIdleAsync();
        await lab.AssertNothingIsLeftAsync();
    }

    [Fact(Timeout = 1_200_000)]
    public async Task A_hundred_batch_jobs_each_take_the_node_that_works_and_every_item_has_its_result()
    {
        await using var cluster = await HarvestCluster.StartAsync(lab, "--max-nodes", "1");
        string gate = Path.Combine(lab.SharedFolder, $"gate-{Guid.NewGuid():N}");
        Task<Finished> mapped = cluster.RowenAsync("run", "--array", "1-5000", "--", "sh", "-c", "[ -e $1 ] || sleep 0.2; echo $2", "sh", gate, "{item}");
        for (int cycle = 0; cycle < 100; cycle++)
        {
            NodeView? working = null;
            await Until.TrueAsync(
                async () => (working = (await cluster.UpAsync()).FirstOrDefault(node => node.LeaseCount > 0)) is not null, Patience, $"cycle {cycle}: a node works");

            int job = await lab.SubmitAsync("true", ["--partition=batch", "--nodes=1", "--exclusive", $"--nodelist={working!.Name}"], SlurmLab.Ben);

            await lab.UntilJobAsync(job, "COMPLETED");
        }

        await File.WriteAllTextAsync(gate, string.Empty, TestContext.Current.CancellationToken);
        (await mapped).AssertDone();
        AssertEachOnce(5000, await cluster.PrintedAsync("R1"));
        Assert.NotEmpty(lab.NeverCut);
        Assert.DoesNotContain("DRAIN", string.Concat(await Task.WhenAll(lab.NeverCut.Select(lab.StateOfNodeAsync))), StringComparison.Ordinal);
    }

    [Fact(Timeout = 600_000)]
    public async Task Ordinary_user_harvests_with_few_calls_and_the_end_of_the_cluster_takes_every_pilot_back()
    {
        int busy = await lab.SubmitAsync("sleep 1000", ["--partition=batch", "--nodes=4", "--exclusive"], SlurmLab.Ben);
        await lab.UntilJobAsync(busy, "RUNNING");
        DateTimeOffset startedAt = TimeProvider.System.GetUtcNow();
        await using (var cluster = await HarvestCluster.StartAsync(lab, [], isSite: false))
        {
            using Process call = cluster.Start("run", "--", "true");
            await Until.TrueAsync(
                async () => await cluster.WhyAsync() is { } why && why.Contains("waits in Slurm's queue (", StringComparison.Ordinal),
                Patience,
                "the lease says what Slurm says of its pilot");

            Assert.Equal("waiting", Assert.Single((await cluster.HarvestAsync()).Pilots).State);
            Finished explained = await cluster.RowenAsync("explain", "L1");
            explained.AssertDone();
            Assert.Contains("no node is there; pilot ", explained.Output, StringComparison.Ordinal);
            Assert.Contains("Slurm has 0 idle of 4 nodes", explained.Output, StringComparison.Ordinal);
            Finished node = await cluster.RowenAsync("explain", "n1");
            Assert.Contains("n1 has not joined. Slurm's word for it ", node.Output, StringComparison.Ordinal);
            Assert.Contains(": allocated.\nSomebody's job has it", node.Output, StringComparison.Ordinal);
            call.Kill(entireProcessTree: true);
        }

        Assert.DoesNotContain(await lab.QueueAsync(), job => job.Name.StartsWith("rowen-", StringComparison.Ordinal));
        double seconds = (TimeProvider.System.GetUtcNow() - startedAt).TotalSeconds;
        int questions = lab.Calls(startedAt).Count(call => call.Command is "squeue" or "sinfo" or "scontrol");
        Assert.InRange(questions, 2, 2 + (seconds / 15));
        Assert.Equal(1, lab.Calls(startedAt).Count(call => call.Command == "sbatch"));
        (await lab.RunAsync("scancel", busy.ToString(CultureInfo.InvariantCulture))).AssertDone();
    }

    [Fact(Timeout = 600_000)]
    public async Task User_without_any_right_harvests_and_agents_and_functions_run_as_he()
    {
        await using var cluster = await HarvestCluster.StartAsUserAsync(lab, SlurmLab.Ada, "batch");

        (await cluster.RowenAsAsync(SlurmLab.Ada, "run", "--array", "1-8", "--", "sh", "-c", "echo $(id -un) $(stat --format %U /proc/$PPID)")).AssertDone(); // PPID: the executor

        Finished printed = await cluster.RowenAsAsync(SlurmLab.Ada, "logs", "R1");
        Assert.Equal(Enumerable.Repeat("ada ada", 8), printed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact(Timeout = 600_000)]
    public async Task Pilot_that_is_warned_lets_what_runs_finish_within_its_grace_and_ends_well()
    {
        await using var cluster = await HarvestCluster.StartAsync(lab, "--drain-grace", "60s");
        string begun = Path.Combine(lab.SharedFolder, $"begun-{Guid.NewGuid():N}");
        Task<Finished> run = cluster.RowenAsync("run", "--", "sh", "-c", $"trap '' USR1; touch {begun}; sleep 3; echo done"); // Slurm signals what runs there, too
        await Until.TrueAsync(() => Task.FromResult(File.Exists(begun)), Patience, "the item runs");
        string pilot = Assert.Single(await cluster.UpAsync()).BatchJob;

        (await lab.RunAsync("scancel", "--signal=USR1", pilot)).AssertDone();

        Finished finished = await run;
        finished.AssertDone();
        Assert.DoesNotContain("run again", finished.Error, StringComparison.Ordinal);
        Assert.Equal(["done"], await cluster.PrintedAsync("R1"));
        await lab.UntilJobAsync(int.Parse(pilot, CultureInfo.InvariantCulture), "COMPLETED"); // and not FAILED: its agent ended with 0
    }

    /// <summary>As at sites whose nodes are shared by jobs.</summary>
    [Fact(Timeout = 600_000)]
    public async Task Parts_of_a_node_come_beside_its_job_and_go_when_another_job_wants_them()
    {
        string[] half = ["--partition=batch", "--nodes=1", "--ntasks=1", "--cpus-per-task=2", "--mem=600", "--nodelist=n1"];
        int beside = await lab.SubmitAsync("sleep 1000", half, SlurmLab.Ben);
        await lab.UntilJobAsync(beside, "RUNNING");
        await using var cluster = await HarvestCluster.StartAsync(lab, "--pilot-cores", "1", "--pilot-memory", "1G", "--max-nodes", "2", "--idle-timeout", "3s", "--", "--nodelist=n1");
        string gate = Path.Combine(lab.SharedFolder, $"gate-{Guid.NewGuid():N}");
        Task<Finished> mapped = cluster.RowenAsync("run", "--array", "1-8", "--", "sh", "-c", "while [ ! -e $1 ]; do sleep 0.1; done; echo $2", "sh", gate, "{item}");
        await Until.TrueAsync(async () => (await cluster.UpAsync()).Count(node => node.LeaseCount == 1) == 2, Patience, "two parts of the node work");
        Assert.All(await cluster.UpAsync(), node => Assert.Equal(("n1", 1, 1L << 30), (node.Name, node.Cores, node.MemoryBytes)));

        int other = await lab.SubmitAsync("true", half, SlurmLab.Ben);
        await lab.UntilJobAsync(other, "COMPLETED");
        Assert.Equal("RUNNING", await lab.StateOfJobAsync(beside));
        await File.WriteAllTextAsync(gate, string.Empty, TestContext.Current.CancellationToken);

        (await mapped).AssertDone();
        AssertEachOnce(8, await cluster.PrintedAsync("R1"));
        Assert.Equal("RUNNING", await lab.StateOfJobAsync(beside));
        (await lab.RunAsync("scancel", beside.ToString(CultureInfo.InvariantCulture))).AssertDone();
        await Until.TrueAsync(async () => (await cluster.UpAsync()).Count == 0, Patience, "nobody needs the parts, and they went back");
        await lab.UntilIdleAsync();
        await lab.AssertNothingIsLeftAsync();
    }

    [Fact(Timeout = 600_000)]
    public async Task Freeze_sends_every_node_back_until_thaw()
    {
        await using var cluster = await HarvestCluster.StartAsync(lab, "--head-start", "2");
        await Until.TrueAsync(async () => (await cluster.UpAsync()).Count == 2, Patience, "the head start is there");
        Assert.Contains("No lease holds anything of it", (await cluster.RowenAsync("explain", (await cluster.UpAsync())[0].Name)).Output, StringComparison.Ordinal);

        (await cluster.RowenAsync("admin", "freeze", "--within", "1s")).AssertDone();

        Assert.Empty(await cluster.UpAsync());
        Assert.True((await cluster.HarvestAsync()).IsFrozen);
        await lab.UntilIdleAsync();
        (await cluster.RowenAsync("admin", "thaw")).AssertDone();
        await Until.TrueAsync(async () => (await cluster.UpAsync()).Count == 2, Patience, "the head start is there again");
    }

    [Fact(Timeout = 600_000)]
    public async Task Administrator_limits_users_sees_who_did_what_and_finds_the_job_of_what_was_used()
    {
        string limits = Path.Combine(lab.SharedFolder, $"limits-{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(
            limits, """{ "accounts": { "physics": { "users": ["ada"], "cores": 2 }, "guests": { "users": ["ben"], "isExcluded": true } } }""", TestContext.Current.CancellationToken);
        await using var cluster = await HarvestCluster.StartAsync(lab, "--limits", limits, "--idle-timeout", "1m");

        Finished refused = await cluster.RowenAsAsync(SlurmLab.Ben, "run", "--", "true");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("account guests is excluded from leases by the administrator", refused.Error, StringComparison.Ordinal);
        (await cluster.RowenAsAsync(SlurmLab.Ada, "run", "--array", "1-6", "--", "true")).AssertDone();

        AuditEntry[] audit = await AskAsync<AuditEntry[]>(cluster, "admin", "audit");
        AuditEntry granted = audit.First(entry => entry.Event == AuditEvent.LeaseGranted);
        string job = granted.Job!;
        Assert.Equal(("ada", "physics"), (granted.User, granted.Account));
        Assert.Contains(audit, entry => entry.Event == AuditEvent.PilotSubmitted && entry.Job == job);
        Assert.Contains(audit, entry => entry is { Event: AuditEvent.LeaseRefused, User: "ben", Code: ErrorCode.LimitExceeded });
        Assert.Contains(audit, entry => entry is { Event: AuditEvent.NodeJoined } && entry.Job == job);

        Finished used = await cluster.RowenAsync("usage", "--by", "job", "--output", "json");
        used.AssertDone();
        Assert.Contains($"\"job\": \"{job}\"", used.Output, StringComparison.Ordinal);
        Assert.Contains("\"user\": \"ada\"", used.Output, StringComparison.Ordinal);

        await File.WriteAllTextAsync(limits, """{ "accounts": { "physics": { "users": ["ada", "ben"], "cores": 2 } } }""", TestContext.Current.CancellationToken);
        LimitsView now = await AskAsync<LimitsView>(cluster, "admin", "limits");
        Assert.Equal((true, 2), (now.Owners[0].IsAccount, now.Owners[0].MaxCores));
        (await cluster.RowenAsAsync(SlurmLab.Ben, "run", "--", "true")).AssertDone();
    }

    [Fact(Timeout = 600_000)]
    public async Task Controller_of_Slurm_that_is_down_is_named_and_missed_by_nobody_who_has_a_node()
    {
        await using var cluster = await HarvestCluster.StartAsync(lab, "--head-start", "1");
        await Until.TrueAsync(async () => (await cluster.UpAsync()).Count == 1, Patience, "a node is there");
        await lab.StopControllerAsync();

        (await cluster.RowenAsync("run", "--", "true")).AssertDone();
        string gate = Path.Combine(lab.SharedFolder, $"gate-{Guid.NewGuid():N}");
        Task<Finished> mapped = cluster.RowenAsync("run", "--array", "1-60", "--", "sh", "-c", "[ $2 -le 10 ] || while [ ! -e $1 ]; do sleep 0.1; done; echo $2", "sh", gate, "{item}");
        await Until.TrueAsync(
            async () => await cluster.WhyAsync() is { } why && why.Contains("squeue failed", StringComparison.Ordinal) | why.Contains("sinfo failed", StringComparison.Ordinal),
            Patience,
            "the lease that waits says that Slurm cannot be asked");
        await lab.StartControllerAsync();

        await Until.TrueAsync(async () => (await cluster.UpAsync()).Count >= 3, Patience, "nodes come again");
        await File.WriteAllTextAsync(gate, string.Empty, TestContext.Current.CancellationToken);
        (await mapped).AssertDone();
        AssertEachOnce(60, await cluster.PrintedAsync("R2"));
    }

    [Fact(Timeout = 600_000)]
    public async Task Node_that_loses_its_power_is_lost_and_another_one_does_the_work()
    {
        await using var cluster = await HarvestCluster.StartAsync(lab);
        Task<Finished> mapped = cluster.RowenAsync("run", "--array", "1-150", "--", "sh", "-c", "sleep 0.2; echo {item}");
        await Until.TrueAsync(async () => (await cluster.UpAsync()).Any(node => node.LeaseCount > 0), Patience, "a node works");
        NodeView victim = (await cluster.UpAsync()).First(node => node.LeaseCount > 0);

        await lab.KillNodeAsync(victim.Name);

        (await mapped).AssertDone();
        AssertEachOnce(150, await cluster.PrintedAsync("R1"));
    }

    [Theory(Timeout = 600_000)]
    [InlineData("in")]
    [InlineData("out")]
    public async Task Node_whose_network_is_cut_one_way_is_lost_and_another_one_does_the_work(string direction)
    {
        await using var cluster = await HarvestCluster.StartAsync(lab);
        Task<Finished> mapped = cluster.RowenAsync("run", "--array", "1-150", "--", "sh", "-c", "sleep 0.2; echo {item}");
        await Until.TrueAsync(async () => (await cluster.UpAsync()).Any(node => node.LeaseCount > 0), Patience, "a node works");
        NodeView victim = (await cluster.UpAsync()).First(node => node.LeaseCount > 0);

        await lab.CutNodeAsync(victim.Name, direction);

        (await mapped).AssertDone();
        AssertEachOnce(150, await cluster.PrintedAsync("R1"));
        Assert.DoesNotContain(await cluster.UpAsync(), node => node.Id == victim.Id);
        await lab.HealNodeAsync(victim.Name);
    }

    [Fact(Timeout = 600_000)]
    public async Task Map_asks_at_once_for_as_many_nodes_as_it_can_use()
    {
        await using var cluster = await HarvestCluster.StartAsync(lab);
        Task<Finished> mapped = cluster.RowenAsync("run", "--array", "1-64", "--", "sleep", "1");
        (await mapped).AssertDone();

        AuditEntry[] entries = await AskAsync<AuditEntry[]>(cluster, "admin", "audit");
        int before = entries.TakeWhile(entry => entry.Event != AuditEvent.NodeJoined).Count(entry => entry.Event == AuditEvent.PilotSubmitted);
        Assert.True(before > 1, $"{before} pilots were submitted before the first node came");
    }

    [Fact(Timeout = 600_000)]
    public async Task Nodes_gather_for_a_request_of_three_and_it_has_all_of_them_in_one_moment()
    {
        await using var cluster = await HarvestCluster.StartAsync(lab);
        string code = Path.Combine(Repository.Root, "artifacts", "rowen", "samples", "WordCount");

        Finished call = await cluster.RowenAsync("call", "Echo", "--code", code, "--input", "x", "--memory", "256M", "--nodes", "3", "--output", "json");

        call.AssertDone();
        JsonElement[] answers = [.. call.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(3, answers.Select(answer => answer.GetProperty("node").GetString()).Distinct().Count());
        Assert.All(answers, answer => Assert.Equal("tcp", answer.GetProperty("provider").GetString()));
        Assert.Equal(3, (await cluster.UpAsync()).Count);
    }

    /// <summary>As an MPI program that offloads a part of its step: its node and the function's are both compute nodes.</summary>
    [Fact(Timeout = 600_000)]
    public async Task Program_in_a_job_calls_a_function_on_another_node()
    {
        await using var cluster = await HarvestCluster.StartAsync(lab);
        string folder = Path.GetDirectoryName(cluster.ClusterFile)!;
        string code = Path.Combine(Repository.Root, "artifacts", "rowen", "samples", "WordCount");
        string call = $"{Repository.Rowen} call Echo --code {code} --input x --memory 256M --output json";

        int job = await lab.SubmitAsync(
            $"env HOME={folder} DOTNET_CLI_HOME={folder} ROWEN_CLUSTER={cluster.ClusterFile} {call} >{folder}/answer 2>{folder}/errors",
            ["--partition=batch", "--exclusive", "--nodelist=n1"]);
        await lab.UntilJobAsync(job, "COMPLETED", "FAILED");

        string answer = await File.ReadAllTextAsync(Path.Combine(folder, "answer"), TestContext.Current.CancellationToken);
        Assert.True(answer.StartsWith('{'), await File.ReadAllTextAsync(Path.Combine(folder, "errors"), TestContext.Current.CancellationToken));
        JsonElement told = JsonDocument.Parse(answer).RootElement;
        Assert.Equal("tcp", told.GetProperty("provider").GetString());
        Assert.Contains(told.GetProperty("node").GetString(), SlurmLab.Nodes.Skip(1));
    }

    private static void AssertEachOnce(int count, IReadOnlyList<string> printed) => Assert.Equal(
        Enumerable.Range(1, count).Select(item => item.ToString(CultureInfo.InvariantCulture)).Order(StringComparer.Ordinal), printed.Order(StringComparer.Ordinal));

    private static async Task<T> AskAsync<T>(HarvestCluster cluster, params string[] verb)
        where T : class
    {
        Finished finished = await cluster.RowenAsync([.. verb, "--output", "json"]);
        finished.AssertDone();
        Assert.True(ProtocolJson.TryRead(Encoding.UTF8.GetBytes(finished.Output), out T answer), finished.Output);
        return answer;
    }
}
