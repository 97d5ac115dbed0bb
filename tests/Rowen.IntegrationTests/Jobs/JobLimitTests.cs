using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rowen.Functions;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;

namespace Rowen.IntegrationTests.Jobs;

/// <summary>How long jobs and runs wait, and what of them runs again.</summary>
public sealed class JobLimitTests(JobClusterFixture cluster) : IClassFixture<JobClusterFixture>
{
    /// <summary>Says that it ran, and waits until it may end.</summary>
    private const string Gated = "echo $2 >> $1/ran; while [ ! -e $1/open ]; do sleep 0.05; done";

    /// <summary>Succeeds the third time.</summary>
    private const string ThirdTime = "echo x >> $1/$2; [ $(wc -l < $1/$2) -ge 3 ]";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private JobOptions Options => new() { JobsFolder = cluster.JobsFolder, RowenPath = Path.Combine(Repository.Root, "artifacts", "rowen") };

    [Fact(Timeout = 120_000)]
    public async Task Commands_that_fail_run_again_as_often_as_was_said()
    {
        string folder = cluster.Home.Folder("retries");
        Finished enough = await cluster.Home.RowenAsync("run", "--array", "1-4", "--retries", "2", "--", "/bin/sh", "-c", ThirdTime, "sh", folder, "{item}");
        Finished tooFew = await cluster.Home.RowenAsync("run", "--array", "5-6", "--retries", "1", "--keep-going", "--", "/bin/sh", "-c", ThirdTime, "sh", folder, "{item}");
        Finished late = await cluster.Home.RowenAsync("run", "--array", "7", "--retries", "9", "--time-request", "300ms", "--", "/bin/sh", "-c", "echo x >> $1/$2; sleep 60", "sh", folder, "{item}");
        Job job = await SubmitAsync("--array", "8-9", "--retries", "2", "--", "/bin/sh", "-c", ThirdTime, "sh", folder, "{item}");
        (await cluster.Home.RowenAsync("wait", $"{job.Id}")).AssertDone();
        JsonElement explained = await cluster.JsonAsync("explain", $"{job.Id}", "1");

        enough.AssertDone();
        Assert.Contains(": 4 done, 8 run again (8 that failed), in ", enough.Error, StringComparison.Ordinal);
        Assert.Equal(4, tooFew.ExitCode);
        Assert.Contains("2 × exit code 1 (item 0, 1): ", tooFew.Error, StringComparison.Ordinal);
        Assert.Contains("time was over", late.Error, StringComparison.Ordinal);
        Assert.Equal(3, explained.GetProperty("attempts").GetInt32());
        Assert.Equal([3, 3, 3, 3, 2, 2, 1, 3, 3], Enumerable.Range(1, 9).Select(item => File.ReadAllLines($"{folder}/{item}").Length));
        Assert.Equal(new RetryCounts { Exceptions = 4 }, job.ReadStatus().Retries);
    }

    [Fact(Timeout = 120_000)]
    public async Task Run_ends_when_its_time_is_over_or_when_it_has_no_lease_for_too_long()
    {
        string folder = cluster.Home.Folder("run-limits");
        string stays = string.Create(CultureInfo.InvariantCulture, $"sleep 71{Environment.ProcessId}");

        Finished late = await cluster.Home.RowenAsync("run", "--array", "1-4", "--timeout", "2s", "--", "/bin/sh", "-c", $"[ $1 = 1 ] || {stays}", "sh", "{item}");
        Job full = await SubmitAsync("--array", "1-2", "--", "/bin/sh", "-c", Gated, "sh", folder, "{item}");
        await Until.TrueAsync(() => Ran(folder) == 2, TimeSpan.FromSeconds(60), "no core is free");
        Finished waited = await cluster.Home.RowenAsync("run", "--max-wait", "1s", "--", "true");
        await File.WriteAllTextAsync($"{folder}/open", string.Empty, Cancellation);
        await full.WaitAsync(cancellationToken: Cancellation);

        Assert.Equal(4, late.ExitCode);
        Assert.Contains("It was not done within 00:00:02 (MapOptions.Timeout, --timeout): 1 items have results.", late.Error, StringComparison.Ordinal);
        Assert.Empty(Processes.WithCommandLine(stays));
        Assert.Equal(1, waited.ExitCode);
        Assert.Contains("waited as long as it may", waited.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Job_whose_time_is_over_stops_and_has_as_much_again_when_it_is_resumed()
    {
        string folder = cluster.Home.Folder("timeout");
        Job job = await SubmitAsync("--array", "1-2", "--timeout", "4s", "--", "/bin/sh", "-c", Gated, "sh", folder, "{item}");

        JobStatus first = await job.WaitAsync(cancellationToken: Cancellation);
        (await cluster.Home.RowenAsync("resume", $"{job.Id}")).AssertDone();
        JobStatus second = await job.WaitAsync(cancellationToken: Cancellation);
        int ran = Ran(folder);
        await File.WriteAllTextAsync($"{folder}/open", string.Empty, Cancellation);
        (await cluster.Home.RowenAsync("resume", $"{job.Id}")).AssertDone();
        JobStatus last = await job.WaitAsync(cancellationToken: Cancellation);

        Assert.Equal((JobState.Stopped, ErrorCode.DeadlineExceeded, 0L), (first.State, first.Code, first.Done));
        Assert.Contains($"It was not done within 00:00:04 (Timeout, --timeout): 0 items have results. `rowen resume {job.Id}` goes on, with as much time again.", first.Reason, StringComparison.Ordinal);
        Assert.Equal((JobState.Stopped, ErrorCode.DeadlineExceeded, 2), (second.State, second.Code, second.Run));
        Assert.Equal(4, ran);
        Assert.Equal((JobState.Done, ErrorCode.None, 2L), (last.State, last.Code, last.Done));
    }

    [Fact(Timeout = 120_000)]
    public async Task Job_without_a_lease_for_too_long_stops_and_goes_on_when_it_is_resumed()
    {
        string folder = cluster.Home.Folder("max-wait");
        Job full = await SubmitAsync("--array", "1-2", "--", "/bin/sh", "-c", Gated, "sh", folder, "{item}");
        await Until.TrueAsync(() => Ran(folder) == 2, TimeSpan.FromSeconds(60), "no core is free");
        var waited = Stopwatch.StartNew();
        Job commands = await SubmitAsync("--array", "1-2", "--max-wait", "2s", "--", "true");
        Job functions = await cluster.SubmitAsync("Square", "--array", "1-2", "--max-wait", "2s");

        JobStatus[] stopped = [await commands.WaitAsync(cancellationToken: Cancellation), await functions.WaitAsync(cancellationToken: Cancellation)];
        waited.Stop();
        await File.WriteAllTextAsync($"{folder}/open", string.Empty, Cancellation);
        await full.WaitAsync(cancellationToken: Cancellation);
        (await cluster.Home.RowenAsync("resume", $"{commands.Id}")).AssertDone();
        (await cluster.Home.RowenAsync("resume", $"{functions.Id}")).AssertDone();
        JobStatus[] done = [await commands.WaitAsync(cancellationToken: Cancellation), await functions.WaitAsync(cancellationToken: Cancellation)];

        Assert.All(stopped, status => Assert.Equal((JobState.Stopped, ErrorCode.WaitedTooLong), (status.State, status.Code)));
        Assert.All(stopped, status => Assert.StartsWith("For 00:00:02 (MaxWait, --max-wait) no item could run.", status.Reason, StringComparison.Ordinal));
        Assert.InRange(waited.Elapsed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(60));
        Assert.All(done, status => Assert.Equal((JobState.Done, 2L), (status.State, status.Done)));
    }

    [Fact(Timeout = 120_000)]
    public async Task Straggling_command_is_run_a_second_time_and_the_first_result_counts()
    {
        string folder = cluster.Home.Folder("straggler");
        string script = "[ $2 != 6 ] || mkdir $1/first 2> /dev/null && [ $2 = 6 ] && sleep 600; echo item $2";

        Job job = await SubmitAsync("--array", "1-6", "--straggler-factor", "2", "--", "/bin/sh", "-c", script, "sh", folder, "{item}");
        JobStatus end = await job.WaitAsync(cancellationToken: Cancellation);
        Finished results = await cluster.Home.RowenAsync("results", $"{job.Id}");

        Assert.Equal(JobState.Done, end.State);
        Assert.Equal(string.Concat(Enumerable.Range(0, 6).Select(item => $"{item}\titem {item + 1}\n")), results.Output);
    }

    [Fact(Timeout = 120_000)]
    public async Task Submitted_and_detached_functions_have_the_same_limits()
    {
        string folder = cluster.Home.Folder("detached");
        await using RowenClient client = await RowenClient.ConnectAsync(cluster.ClusterFile, cancellationToken: Cancellation);

        Job retried = await client.SubmitAsync([1, 2], item => FailTwice(folder, item), Options with { MaxExceptionRetries = 2 }, Cancellation);
        JobStatus end = await retried.WaitAsync(cancellationToken: Cancellation);
        RowenException late = await Assert.ThrowsAsync<RowenException>(
            () => client.MapAsync([1, 2], item => StopSlowly(folder, item), new MapOptions { Detach = Options, Timeout = TimeSpan.FromSeconds(4), StopTime = TimeSpan.FromSeconds(30) }, Cancellation));
        ArgumentException twice = await Assert.ThrowsAsync<ArgumentException>(
            () => client.MapAsync([1], item => item, new MapOptions { Detach = Options with { MaxExceptionRetries = 1 } }, Cancellation));

        Assert.Equal((JobState.Done, 4L), (end.State, end.Retries.Exceptions));
        Assert.Equal(ErrorCode.DeadlineExceeded, late.Code);
        Assert.Contains("was not done within 00:00:04", late.Message, StringComparison.Ordinal);
        Assert.All([1, 2], item => Assert.True(File.Exists($"{folder}/stopped-{item}")));
        Assert.Contains("retries and time-outs of a detached map are said in MapOptions", twice.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("--retries takes a number from 0 to 1000", "run", "--retries", "-1", "--", "true")]
    [InlineData("--straggler-factor takes a number from 1.5 to 1000; '1' is none.", "run", "--straggler-factor", "1", "--", "true")]
    [InlineData("50d is longer than 49d, which is the most.", "submit", "--array", "1-2", "--timeout", "50d", "--", "true")]
    [InlineData("31d is longer than 30d, which is the most.", "submit", "--array", "1-2", "--max-wait", "31d", "--", "true")]
    public async Task What_cannot_be_is_refused(string hint, params string[] arguments)
    {
        Finished finished = await cluster.Home.RowenAsync(arguments);

        Assert.Equal(2, finished.ExitCode);
        Assert.Contains(hint, finished.Error, StringComparison.Ordinal);
    }

    private static int FailTwice(string folder, int item)
    {
        string file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"tried-{item}"));
        File.AppendAllText(file, "x");
        return new FileInfo(file).Length < 3 ? throw new InvalidOperationException("not yet") : item;
    }

    /// <summary>Takes its time when it is asked to stop.</summary>
    private static int StopSlowly(string folder, int item)
    {
        Stopping.Token.WaitHandle.WaitOne();
        Thread.Sleep(2_500);
        File.WriteAllText(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"stopped-{item}")), string.Empty);
        return item;
    }

    private static int Ran(string folder) => File.Exists($"{folder}/ran") ? File.ReadAllLines($"{folder}/ran").Length : 0;

    private async Task<Job> SubmitAsync(params IEnumerable<string> arguments)
    {
        Finished submitted = await cluster.Home.RowenAsync(["submit", .. arguments]);
        submitted.AssertDone();
        return Job.Find(JobId.Parse(submitted.Output.Trim(), null), cluster.JobsFolder);
    }
}
