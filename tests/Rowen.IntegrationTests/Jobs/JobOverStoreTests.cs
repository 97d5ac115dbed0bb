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
