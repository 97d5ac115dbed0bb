using System.Text;
using System.Text.Json;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;
using Rowen.IntegrationTests.ObjectStorage;
using Rowen.ObjectStorage;
using Rowen.Protocol.Errors;
using Rowen.S3;
using Rowen.TestFunctions;

namespace Rowen.IntegrationTests.Jobs;

/// <summary>A job whose items are parts of objects, while their server dies.</summary>
public sealed class JobOverStoreTests(JobClusterFixture cluster) : IClassFixture<JobClusterFixture>
{
    private const int LineCount = 40_000;

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Fact(Timeout = 240_000)]
    public async Task S3_that_goes_down_in_the_middle_is_told_and_what_failed_runs_again_when_it_is_back()
    {
        S3Server server = await S3Server.GetAsync();
        string bucket = await server.MakeBucketAsync();
        using (var store = new S3ObjectStore(S3Clients.Create(server.Access()), new S3Address(bucket, string.Empty), server.Access()))
        {
            byte[] lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, LineCount).Select(line => $"{line}\n")));
            await store.PutAsync("lines", new MemoryStream(lines), Bound);
        }

        string folder = cluster.Home.Folder("store");
        string access = server.WriteAccess(folder, retries: 0);
        IReadOnlyList<ObjectPart> parts = await ObjectSource.From($"s3://{bucket}/lines").WithAccess(access).ChunkedInto(40, Records.Lines).PartsAsync(Bound);
        string items = Path.Combine(folder, "items.json");
        await File.WriteAllTextAsync(items, JsonSerializer.Serialize(parts), Bound);

        Job job = await cluster.SubmitAsync(nameof(DataFunctions.CountRecordsSlowly), "--from-json", items);
        await Until.TrueAsync(() => job.ReadStatus().Done >= 3, TimeSpan.FromSeconds(60), "three parts are counted");
        await server.KillGatewayAsync();
        JobStatus failed;
        try
        {
            failed = await job.WaitAsync(cancellationToken: Bound);
        }
        finally
        {
            await server.StartGatewayAsync();
        }

        List<JobResult<LineTotals>> before = await ResultsAsync(job);
        (await cluster.Home.RowenAsync("resume", $"{job.Id}")).AssertDone();
        JobStatus done = await job.WaitAsync(cancellationToken: Bound);
        Finished again = await cluster.Home.RowenAsync("resume", $"{job.Id}");

        List<JobResult<LineTotals>> after = await ResultsAsync(job);
        Assert.Equal((JobState.Failed, JobState.Done), (failed.State, done.State));
        Assert.InRange(failed.Done, 3, parts.Count - 1);
        Assert.Equal(parts.Count, failed.Done + failed.Failed);
        Assert.Contains($"{failed.Failed} failed because a store did: when it is mended, `rowen resume {job.Id}` runs them again", failed.Reason, StringComparison.Ordinal);
        Assert.Contains("has nothing left to do", again.Error, StringComparison.Ordinal);
        Assert.All(before.Where(part => part.Error is not null), part => Assert.Equal(ErrorCode.StoreFailed, part.Error!.Code));
        Assert.All(before.Where(part => part.Error is not null), part => Assert.Contains($"'lines' was not read: {server.Endpoint} cannot be reached", part.Error!.Message, StringComparison.Ordinal));
        Assert.All(before.Where(part => part.Error is null), part => Assert.Contains(part, after));
        Assert.Equal(parts.Count, after.Count);
        Assert.Equal(LineCount, after.Sum(part => part.Value.Count));
        Assert.Equal(Enumerable.Range(0, LineCount).Sum(line => (long)line), after.Sum(part => part.Value.Sum));
    }

    /// <summary>On a file system of a mebibyte, in a mount namespace that goes with its processes: the cluster has to see it, and so lives there too.</summary>
    [Fact(Timeout = 240_000)]
    public async Task Files_that_have_no_room_are_told_and_what_failed_runs_again_when_there_is_some()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may mount the small file system that this test fills.");
        const int count = 6; // of 300,000 bytes each: some fit
        using var home = new PrivateHome();
        string folder = home.Folder("small");
        string items = Path.Combine(home.Folder("items"), "lines");
        await File.WriteAllLinesAsync(items, Enumerable.Range(0, count).Select(item => $"file:{folder}/store|object {item}|300000"), Bound);
        string script = $$"""
            mount -t tmpfs -o size=1m,mode=0700 rowen-test '{{folder}}'
            '{{Repository.Rowen}}' up --detach --cores 1 > /dev/null
            job=$('{{Repository.Rowen}}' submit --code '{{TestPackage.Folder}}' PutBytes --each-line '{{items}}')
            '{{Repository.Rowen}}' wait $job || echo "full: $?"
            '{{Repository.Rowen}}' explain $job
            '{{Repository.Rowen}}' results $job --output json | grep -c '"StoreFailed"' | sed 's/^/by the store: /'
            mount -o remount,size=16m '{{folder}}'
            '{{Repository.Rowen}}' resume $job
            '{{Repository.Rowen}}' wait $job && echo "roomy: $?"
            '{{Repository.Rowen}}' results $job
            '{{Repository.Rowen}}' results $job --output json | grep -c '"run":2' | sed 's/^/again: /'
            '{{Repository.Rowen}}' down > /dev/null
            """;

        string output = (await home.RunAsync(TimeSpan.FromSeconds(220), "unshare", "--mount", "bash", "-c", script)).Output;

        Assert.Contains("full: 4", output, StringComparison.Ordinal);
        Assert.Contains("3 failed because a store did: when it is mended, `rowen resume J1` runs them again", output, StringComparison.Ordinal);
        Assert.Contains("by the store: 3", output, StringComparison.Ordinal);
        Assert.Matches("/store/object [0-5] cannot be written: No space left on device[^.]*\\. Make room on its file system, or name another store\\.", output);
        Assert.Contains("roomy: 0", output, StringComparison.Ordinal);
        Assert.Contains(string.Concat(Enumerable.Range(0, count).Select(item => $"{item}\t300000\n")), output, StringComparison.Ordinal);
        Assert.Contains("again: 3", output, StringComparison.Ordinal);
    }

    private static async Task<List<JobResult<LineTotals>>> ResultsAsync(Job job)
    {
        List<JobResult<LineTotals>> results = [];
        await foreach (JobResult<LineTotals> result in job.ReadResultsAsync<LineTotals>(Bound))
        {
            results.Add(result);
        }

        return results;
    }
}
