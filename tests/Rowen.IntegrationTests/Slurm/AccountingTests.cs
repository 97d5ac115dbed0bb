using System.Text.Json;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.Slurm;

/// <summary>A site that keeps accounts: a real slurmdbd, an account for pilots as <c>rowen admin plan</c> says it, and sacct, which knows what Rowen knows.</summary>
[Collection(SharedSlurm.Name)]
public sealed class AccountingTests : IAsyncLifetime
{
    private readonly SlurmLab _lab = new() { HasAccounting = true };

    public ValueTask InitializeAsync() => _lab.InitializeAsync();

    public ValueTask DisposeAsync() => _lab.DisposeAsync(); // and with it slurmdbd, its database and their folder

    [Fact(Timeout = 600_000)]
    public async Task Pilots_run_in_the_account_of_the_plan_and_usage_joins_with_sacct()
    {
        await ObeyPlanAsync();
        string job;
        await using (var cluster = await HarvestCluster.StartAsync(_lab, "--", "--account=rowen", "--qos=rowen"))
        {
            (await cluster.RowenAsync("run", "--array", "1-8", "--", "sleep", "0.1")).AssertDone();
            Finished usage = await cluster.RowenAsync("usage", "--by", "job", "--output", "json");
            usage.AssertDone();
            using JsonDocument used = JsonDocument.Parse(usage.Output);
            JsonElement only = Assert.Single(used.RootElement.EnumerateArray());
            job = only.GetProperty("job").GetString()!;
            Assert.True(only.GetProperty("allocatedMs").GetInt64() > 0, usage.Output);
        }

        string[] pilot = [];
        await Until.TrueAsync(
            async () => (pilot = (await AskAsync($"--jobs={job}", "JobID,JobName,User,Account,QOS,Partition,State")).Split('|'))[^1] is not ("RUNNING" or "PENDING" or "")
                && pilot[1] != "allocation", // how slurmdbd calls a job of whose beginning it has not heard yet
            SlurmLab.Patience,
            "slurmdbd has heard of the pilot's beginning and end");

        Assert.StartsWith("rowen-pilot-", pilot[1], StringComparison.Ordinal);
        Assert.Equal([job, pilot[1], "root", "rowen", "rowen", "harvest"], pilot[..^1]);
        Assert.Contains(job, (await AskAsync($"--name={pilot[1]}", "JobID")).Split('\n')); // beside it perhaps one that waited and was taken back
    }

    /// <summary>As an administrator would, to the letter.</summary>
    private async Task ObeyPlanAsync()
    {
        Finished plan = await _lab.RunAsync(Repository.Rowen, "admin", "plan", "--dry-run", "--user", "root");
        plan.AssertDone();
        string[] lines = [.. plan.Output.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("sacctmgr ", StringComparison.Ordinal))];
        Assert.Equal(3, lines.Length);
        foreach (string line in lines)
        {
            (await _lab.RunAsync("sacctmgr", ["--immediate", .. line.Split(' ')[1..]])).AssertDone();
        }
    }

    /// <summary>What sacct says, a line for each job that it finds.</summary>
    private async Task<string> AskAsync(string question, string fields)
    {
        Finished accounts = await _lab.RunAsync("sacct", "--allusers", "--allocations", "--noheader", "--parsable2", $"--format={fields}", question);
        accounts.AssertDone();
        return accounts.Output.Trim();
    }
}
