using System.Globalization;
using System.Text.Json;
using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;
using Rowen.Protocol.Errors;

namespace Rowen.IntegrationTests.Jobs;

/// <summary>Jobs of lambdas, and maps that are detached: what a lambda captures lies with the job, and outlives whoever submitted it.</summary>
public sealed class LambdaJobTests(JobClusterFixture cluster) : IClassFixture<JobClusterFixture>
{
    private const int ItemCount = 400;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private JobOptions Options => new() { JobsFolder = cluster.JobsFolder, RowenPath = Path.Combine(Repository.Root, "artifacts", "rowen") };

    [Fact(Timeout = 180_000)]
    public async Task Lambda_goes_on_with_what_it_captured_after_its_process_was_killed_and_what_failed_runs_again()
    {
        string folder = cluster.Home.Folder("lambda");
        Job job;
        await using (RowenClient client = await ConnectAsync())
        {
            var table = new Dictionary<int, string> { [0] = "even", [1] = "odd" };
            job = await client.SubmitAsync(
                Enumerable.Range(0, ItemCount),
                async item =>
                {
                    await File.AppendAllTextAsync(Path.Combine(folder, $"ran-{item}"), "x");
                    await Task.Delay(5);
                    return item % 100 == 99 && !File.Exists(Path.Combine(folder, "mended"))
                        ? throw new InvalidOperationException($"item {item} is not mended")
                        : (Item: item, Kind: table[item % 2]);
                },
                Options with { Name = "of a lambda" },
                Cancellation);
        }

        await Until.TrueAsync(() => job.ReadStatus().Done > 50, Patience, "some items are done");
        ProcessControl.Kill(job.ReadStatus().ProcessId, ProcessSignal.Kill);
        await Until.TrueAsync(() => job.ReadStatus().State == JobState.Interrupted, Patience, "its death is seen");
        long[] doneBefore = [.. (await ReadAsync(job)).Where(result => result.Error is null).Select(result => result.Index)];
        Dictionary<long, long> ranBefore = doneBefore.ToDictionary(item => item, item => RunsOf(folder, item));
        (await cluster.Home.RowenAsync("resume", $"{job.Id}")).AssertDone();
        Finished wait = await cluster.Home.RowenAsync("wait", $"{job.Id}");
        JsonElement explained = await cluster.JsonAsync("explain", $"{job.Id}");
        await File.WriteAllTextAsync(Path.Combine(folder, "mended"), string.Empty, Cancellation);
        (await cluster.Home.RowenAsync("rerun", $"{job.Id}", "--failed")).AssertDone();
        Finished attach = await cluster.Home.RowenAsync("attach", $"{job.Id}");
        Finished report = await cluster.Home.RowenAsync("report", $"{job.Id}");

        Assert.Equal(4, wait.ExitCode);
        Assert.Equal(4, Assert.Single(explained.GetProperty("failures").EnumerateArray()).GetProperty("items").GetArrayLength());
        attach.AssertDone();
        Assert.Contains("of a lambda", report.Output, StringComparison.Ordinal);
        Assert.Equal(
            Enumerable.Range(0, ItemCount).Select(item => ((long)item, (item, item % 2 == 0 ? "even" : "odd"))),
            (await ReadAsync(Job.Find(job.Id, cluster.JobsFolder))).Select(result => (result.Index, result.Value)));
        Assert.All(doneBefore, item => Assert.Equal(ranBefore[item], RunsOf(folder, item)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(job.Folder, "lambda")));
        RowenException wrong = await Assert.ThrowsAsync<RowenException>(async () => await job.ReadResultsAsync<double>(Cancellation).FirstAsync(Cancellation));
        Assert.Equal(ErrorCode.WrongSignature, wrong.Code);
    }

    [Fact(Timeout = 180_000)]
    public async Task Detached_map_gives_its_results_here_and_goes_on_when_nobody_waits()
    {
        string gate = Path.Combine(cluster.Home.Folder("detached"), "gate");
        await using RowenClient client = await ConnectAsync();
        int factor = 3;
        var options = new MapOptions { Detach = Options with { Name = "detached" } };

        int[] results = await client.MapAsync(Enumerable.Range(0, 50), item => item * factor, options, Cancellation);
        MapException failed = await Assert.ThrowsAsync<MapException>(
            () => client.MapAsync([1, 0], item => Divide(factor, item), options, Cancellation));
        Job job;
        await using (MapFuture<int> left = client.StartMap([7, 8], item => WaitFor(gate, item), options, Cancellation))
        {
            job = await left.JobAsync(Cancellation);
        }

        await File.WriteAllTextAsync(gate, string.Empty, Cancellation);
        JobStatus end = await job.WaitAsync(cancellationToken: Cancellation);
        int[] late = await job.ReadResultsAsync<int>(Cancellation).Select(result => result.Value).ToArrayAsync(Cancellation);

        Assert.Equal(Enumerable.Range(0, 50).Select(item => item * 3), results);
        Assert.Equal(1, Assert.Single(failed.Failures).Index);
        var error = Assert.IsType<InvocationException>(failed.Failures[0].Error);
        Assert.Equal(("System.InvalidOperationException", "by 0"), (error.RemoteTypeName, error.RemoteMessage));
        Assert.Contains(nameof(Divide), error.RemoteStackTrace, StringComparison.Ordinal);
        var cause = Assert.IsType<InvocationException>(error.InnerException);
        Assert.Equal("System.DivideByZeroException", cause.RemoteTypeName);
        Assert.Contains(nameof(Divide), cause.RemoteStackTrace, StringComparison.Ordinal);
        Assert.Equal(error.Lease, Assert.Single(failed.Groups).Lease);
        Assert.NotNull(error.Lease);
        Assert.Equal(Environment.MachineName, error.NodeName, ignoreCase: true);
        Assert.EndsWith($"/agent/logs/{error.Lease}", error.LogFolder, StringComparison.Ordinal);
        Assert.True(end.State == JobState.Done, $"{end}");
        Assert.Equal([7, 8], late);
        Assert.Equal(3, (await cluster.JsonAsync("jobs")).EnumerateArray().Count(entry => entry.GetProperty("name").GetString() == "detached"));
    }

    [Fact(Timeout = 120_000)]
    public async Task What_cannot_be_a_job_is_refused_before_anything_is_written()
    {
        using var http = new HttpClient();
        await using RowenClient client = await ConnectAsync();
        string jobs = Path.Combine(cluster.Home.Folder("refused"), "jobs");
        JobOptions elsewhere = Options with { JobsFolder = jobs };

        RowenException capture = await Assert.ThrowsAsync<RowenException>(
            () => client.SubmitAsync([1, 2], item => item * http.MaxResponseContentBufferSize, elsewhere, Cancellation));
        ArgumentException stored = await Assert.ThrowsAsync<ArgumentException>(() => client.MapAsync(
            [1], item => item, new MapOptions { Detach = elsewhere, ResultsIn = new ResultStore("file:/tmp/never") }, Cancellation));
        ArgumentException started = Assert.Throws<ArgumentException>(() => client.StartMap(
            [1], item => item, new MapOptions { Detach = elsewhere, ResultsIn = new ResultStore("file:/tmp/never") }, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => client.MapReduceAsync([1], item => item, all => all.Sum(), new MapOptions { Detach = elsewhere }, Cancellation));

        Assert.Equal(ErrorCode.CannotShip, capture.Code);
        Assert.StartsWith("cannot ship 'lambda.http': HttpClient", capture.Message, StringComparison.Ordinal);
        Assert.All([stored, started], error => Assert.StartsWith("MapOptions.ResultsIn cannot go with MapOptions.Detach: ", error.Message, StringComparison.Ordinal));
        Assert.False(Directory.Exists(jobs));
    }

    [Fact(Timeout = 120_000)]
    public async Task Lambda_whose_file_was_changed_is_refused_and_nothing_runs()
    {
        string gate = Path.Combine(cluster.Home.Folder("changed"), "gate");
        await using RowenClient client = await ConnectAsync();
        Job job = await client.SubmitAsync([1], item => WaitFor(gate, item), Options, Cancellation);
        await Until.TrueAsync(() => job.ReadStatus().Running > 0, Patience, "the item runs");
        (await cluster.Home.RowenAsync("cancel", $"{job.Id}", "--now")).AssertDone();
        string file = Path.Combine(job.Folder, "lambda");
        byte[] bytes = await File.ReadAllBytesAsync(file, Cancellation);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Cancellation);

        (await cluster.Home.RowenAsync("resume", $"{job.Id}")).AssertDone();
        JobStatus end = await job.WaitAsync(cancellationToken: Cancellation);

        Assert.Equal((JobState.Stopped, 0L), (end.State, end.Done));
        Assert.Contains("is not what was submitted", end.Reason, StringComparison.Ordinal);
    }

    private static int Divide(int number, int item)
    {
        try
        {
            return number / item;
        }
        catch (DivideByZeroException exception)
        {
            throw new InvalidOperationException($"by {item}", exception);
        }
    }

    private static int WaitFor(string gate, int item)
    {
        while (!File.Exists(gate))
        {
            Thread.Sleep(20);
        }

        return item;
    }

    private static long RunsOf(string folder, long item) => new FileInfo(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"ran-{item}"))).Length;

    private static async Task<List<JobResult<(int Item, string Kind)>>> ReadAsync(Job job) =>
        await job.ReadResultsAsync<(int Item, string Kind)>(Cancellation).ToListAsync(Cancellation);

    private Task<RowenClient> ConnectAsync() => RowenClient.ConnectAsync(cluster.ClusterFile, cancellationToken: Cancellation);
}
