using System.Diagnostics;
using System.Text.Json;
using System.Xml.Linq;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.Jobs;

/// <summary>Jobs as a shell sees them, on a real cluster.</summary>
public sealed class JobVerbTests(JobClusterFixture cluster) : IClassFixture<JobClusterFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Job_runs_by_itself_and_gives_its_results_in_the_order_of_its_items()
    {
        Job job = await cluster.SubmitAsync("Square", "--array", "-2-2", "--name", "five squares");

        Finished wait = await cluster.Home.RowenAsync("wait", $"{job.Id}");
        Finished results = await cluster.Home.RowenAsync("results", $"{job.Id}");
        JsonElement listed = (await cluster.JsonAsync("jobs")).EnumerateArray().Single(entry => entry.GetProperty("id").GetString() == $"{job.Id}");
        JsonElement item = await cluster.JsonAsync("explain", $"{job.Id}", "4");

        wait.AssertDone();
        Assert.Equal("0\t4\n1\t1\n2\t0\n3\t1\n4\t4\n", results.Output);
        Assert.Equal(("five squares", "Done", 5), (listed.GetProperty("name").GetString(), listed.GetProperty("state").GetString(), listed.GetProperty("done").GetInt32()));
        Assert.Equal(("2", "4", 1), (item.GetProperty("input").GetString(), item.GetProperty("text").GetString(), item.GetProperty("run").GetInt32()));
        Assert.All(Directory.GetFiles(job.Folder), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(job.Folder));
    }

    [Fact(Timeout = 120_000)]
    public async Task Failures_are_grouped_explained_and_run_again_alone()
    {
        string folder = cluster.Home.Folder("rerun");
        string items = Path.Combine(folder, "items.json");
        string side = Path.Combine(folder, "side");
        await File.WriteAllTextAsync(items, JsonSerializer.Serialize(Enumerable.Range(0, 6).Select(item => $"{side}|{item}|{folder}/mended")), Cancellation);
        Job job = await cluster.SubmitAsync("RecordUnlessOdd", "--from-json", items);

        Finished wait = await cluster.Home.RowenAsync("wait", $"{job.Id}");
        JsonElement explained = await cluster.JsonAsync("explain", $"{job.Id}");
        await File.WriteAllTextAsync($"{folder}/mended", string.Empty, Cancellation);
        (await cluster.Home.RowenAsync("rerun", $"{job.Id}", "--failed")).AssertDone();
        Finished again = await cluster.Home.RowenAsync("wait", $"{job.Id}");
        Finished refused = await cluster.Home.RowenAsync("rerun", $"{job.Id}", "--failed");

        Assert.Equal(4, wait.ExitCode);
        JsonElement group = Assert.Single(explained.GetProperty("failures").EnumerateArray());
        Assert.Equal([1, 3, 5], group.GetProperty("items").EnumerateArray().Select(item => item.GetInt32()));
        Assert.Contains("is odd", group.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("RecordUnlessOdd", group.GetProperty("remoteStack").GetString(), StringComparison.Ordinal);
        again.AssertDone();
        Assert.Equal(["0", "1", "2", "3", "4", "5"], JobClusterFixture.Traces(side).Order(StringComparer.Ordinal));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("No item", refused.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Cancelled_job_lets_what_runs_end_and_goes_on_when_it_is_resumed()
    {
        string folder = cluster.Home.Folder("cancel");
        string lines = Path.Combine(folder, "lines");
        await File.WriteAllLinesAsync(lines, Enumerable.Range(0, 1_200).Select(item => $"{folder}/side|{item}|{folder}/quick"), Cancellation);
        Job job = await cluster.SubmitAsync("RecordSlowlyUntil", "--each-line", lines); // a minute, in which to cancel it
        await Until.TrueAsync(() => job.ReadStatus().Done > 0, TimeSpan.FromSeconds(60), "an item is done");

        Finished cancel = await cluster.Home.RowenAsync("cancel", $"{job.Id}", "--grace", "60000");
        JobStatus cancelled = job.ReadStatus();
        string[] ran = [.. JobClusterFixture.Traces($"{folder}/side").Distinct()]; // an item whose lease was lost ran twice, and is done once
        await File.WriteAllTextAsync($"{folder}/quick", string.Empty, Cancellation);
        (await cluster.Home.RowenAsync("resume", $"{job.Id}")).AssertDone();
        Finished attach = await cluster.Home.RowenAsync("attach", $"{job.Id}");

        cancel.AssertDone();
        Assert.Equal((JobState.Cancelled, (long)ran.Length), (cancelled.State, cancelled.Done)); // within the grace, all that ran has ended
        attach.AssertDone();
        Assert.Contains("1 200/1 200 done", attach.Output, StringComparison.Ordinal);
        Assert.Equal(1_200, JobClusterFixture.Traces($"{folder}/side").Distinct().Count());
    }

    [Fact(Timeout = 120_000)]
    public async Task Cancelled_at_once_a_job_ends_though_its_items_never_would()
    {
        Job job = await cluster.SubmitAsync("Sleep", "--array", "3000000-3000003");
        await Until.TrueAsync(() => job.ReadStatus().Running > 0, TimeSpan.FromSeconds(60), "an item runs");
        using Process attached = cluster.Home.Start(Repository.Rowen, "attach", $"{job.Id}");
        _ = await PrivateHome.ReadLineAsync(attached);

        PrivateHome.Signal(attached, PrivateHome.Interruption, isForGroup: false);
        await PrivateHome.EndAsync(attached);
        bool survives = !job.ReadStatus().HasEnded;
        Finished cancel = await cluster.Home.RowenAsync("cancel", $"{job.Id}", "--now");

        Assert.Equal(130, attached.ExitCode);
        Assert.True(survives, "the job ended with the terminal that watched it");
        cancel.AssertDone();
        Assert.Equal((JobState.Cancelled, 0L), (job.ReadStatus().State, job.ReadStatus().Done));
        Assert.Equal(1, (await cluster.Home.RowenAsync("wait", $"{job.Id}")).ExitCode);
    }

    [Fact(Timeout = 120_000)]
    public async Task Item_that_is_no_value_of_the_functions_type_fails_alone_and_a_large_result_comes_back_whole()
    {
        string lines = Path.Combine(cluster.Home.Folder("values"), "lines");
        await File.WriteAllLinesAsync(lines, ["3", "three", "70000"], Cancellation);
        Job job = await cluster.SubmitAsync("Fill", "--each-line", lines);

        Finished wait = await cluster.Home.RowenAsync("wait", $"{job.Id}");
        List<JobResult<byte[]>> results = [];
        await foreach (JobResult<byte[]> result in job.ReadResultsAsync<byte[]>(Cancellation))
        {
            results.Add(result);
        }

        Assert.Equal(4, wait.ExitCode);
        Assert.Equal([0, 1, 2], results[0].Value);
        Assert.Contains("'three' is no System.Int32", results[1].Error!.Message, StringComparison.Ordinal);
        Assert.Equal(70_000, results[2].Value.Length);
        Assert.Equal((byte)(69_999 % 256), results[2].Value[^1]);
    }

    [Fact(Timeout = 120_000)]
    public async Task Report_is_one_page_that_is_well_formed_whatever_items_and_exceptions_say()
    {
        string items = Path.Combine(cluster.Home.Folder("report"), "items.json");
        string hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&\u0007\"'";
        await File.WriteAllTextAsync(items, JsonSerializer.Serialize(new[] { hostile, "fine", hostile }), Cancellation);
        Job job = await cluster.SubmitAsync("ThrowUnlessFine", "--from-json", items, "--name", "<b>name</b>");
        Assert.Equal(4, (await cluster.Home.RowenAsync("wait", $"{job.Id}")).ExitCode);

        Finished html = await cluster.Home.RowenAsync("report", $"{job.Id}");
        Finished svg = await cluster.Home.RowenAsync("report", $"{job.Id}", "--svg");

        html.AssertDone();
        XElement page = XDocument.Parse(html.Output).Root!;
        Assert.Single(page.Descendants("script"));
        Assert.Empty(page.Descendants("img"));
        Assert.Contains("</script>", page.Descendants("pre").Single().Parent!.Value, StringComparison.Ordinal); // as text
        Assert.Equal(("3", "1", "2"), (ById(page, "total"), ById(page, "done"), ById(page, "failed")));
        Assert.Equal(3, page.Descendants().Count(element => element.Attribute("class")?.Value.StartsWith("item ", StringComparison.Ordinal) == true));
        Assert.DoesNotContain("http", html.Output.Replace("http://www.w3.org/2000/svg", string.Empty, StringComparison.Ordinal).Replace("http-equiv", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
        svg.AssertDone();
        Assert.Equal("svg", XDocument.Parse(svg.Output).Root!.Name.LocalName);
    }

    [Fact(Timeout = 120_000)]
    public async Task Report_of_many_items_draws_each_of_them_and_marks_the_failed_one()
    {
        string items = Path.Combine(cluster.Home.Folder("many"), "items.json");
        await File.WriteAllTextAsync(items, JsonSerializer.Serialize(Enumerable.Range(0, 3_000).Select(item => item == 1_234 ? "bad" : "fine")), Cancellation);
        Job job = await cluster.SubmitAsync("ThrowUnlessFine", "--from-json", items);
        Assert.Equal(4, (await cluster.Home.RowenAsync("wait", $"{job.Id}")).ExitCode);

        Finished svg = await cluster.Home.RowenAsync("report", $"{job.Id}", "--svg");

        svg.AssertDone();
        XElement[] all = [.. XDocument.Parse(svg.Output).Descendants()];
        Assert.Equal(2_999, Lines("line").Sum(path => path.Count(letter => letter == 'h')));
        Assert.Equal(1, Lines("line bad").Sum(path => path.Count(letter => letter == 'h')));
        Assert.Contains(all, element => Class(element) == "piece failed" && element.Value.Contains(", 1 failed,", StringComparison.Ordinal));

        IEnumerable<string> Lines(string name) => all.Where(element => Class(element) == name).Select(path => path.Attribute("d")!.Value);

        static string? Class(XElement element) => element.Attribute("class")?.Value;
    }

    [Fact(Timeout = 120_000)]
    public async Task Logs_of_a_job_are_those_of_the_leases_that_ran_it()
    {
        string lines = Path.Combine(cluster.Home.Folder("printed"), "lines");
        await File.WriteAllLinesAsync(lines, ["barley", "oats"], Cancellation);
        Job job = await cluster.SubmitAsync("Print", "--each-line", lines);

        Finished followed = await cluster.Home.RowenAsync("logs", $"{job.Id}", "-f");
        Finished warnings = await cluster.Home.RowenAsync("logs", $"{job.Id}", "--stream", "err");
        Finished one = await cluster.Home.RowenAsync("logs", $"{job.Id}", "1");
        JsonElement log = await cluster.JsonAsync("logs", $"{job.Id}", "1");
        Finished beyond = await cluster.Home.RowenAsync("logs", $"{job.Id}", "2");

        Assert.Equal(["barley", "oats"], followed.Output.Trim().Split('\n').Order(StringComparer.Ordinal));
        Assert.Equal(["warning: barley", "warning: oats"], warnings.Output.Trim().Split('\n').Order(StringComparer.Ordinal));
        Assert.Contains("oats\n", one.Output, StringComparison.Ordinal);
        Assert.Equal(one.Output, log.GetProperty("text").GetString());
        Assert.Equal(1, beyond.ExitCode);
        Assert.Contains("has no item 2", beyond.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Jobs_that_ended_are_removed_by_age_and_size_and_those_that_run_never()
    {
        string folder = cluster.Home.Folder("pruned");
        string jobs = Path.Combine(folder, "jobs");
        string[] submit = ["submit", "--jobs", jobs, "--array", "1-1", "--"];
        (await cluster.Home.RowenAsync([.. submit, "/bin/sh", "-c", "while [ ! -e $1 ]; do sleep 0.05; done", "sh", $"{folder}/open"])).AssertDone();
        foreach (string job in (string[])["J2", "J3"])
        {
            (await cluster.Home.RowenAsync([.. submit, "/bin/sh", "-c", "head -c 200000 /dev/zero"])).AssertDone();
            (await cluster.Home.RowenAsync("wait", job, "--jobs", jobs)).AssertDone();
        }

        Finished young = await cluster.Home.RowenAsync("jobs", "--jobs", jobs, "--prune");
        Finished small = await cluster.Home.RowenAsync("jobs", "--jobs", jobs, "--prune", "--max-size", "300K");
        Finished old = await cluster.Home.RowenAsync("jobs", "--jobs", jobs, "--prune", "--max-age", "1ms");
        await File.WriteAllTextAsync($"{folder}/open", string.Empty, Cancellation);
        (await cluster.Home.RowenAsync("wait", "J1", "--jobs", jobs)).AssertDone();
        await File.WriteAllTextAsync(Path.Combine(jobs, "retention.json"), """{"maxDays": 1}""", Cancellation);
        Finished wrong = await cluster.Home.RowenAsync([.. submit, "true"]);
        await File.WriteAllTextAsync(Path.Combine(jobs, "retention.json"), """{"maxAge": "00:00:00.001"}""", Cancellation);
        Finished next = await cluster.Home.RowenAsync([.. submit, "true"]);
        string[] left = [.. Directory.GetDirectories(jobs, "J*").Select(path => Path.GetFileName(path))];
        (await cluster.Home.RowenAsync("wait", "J4", "--jobs", jobs)).AssertDone();
        Finished stray = await cluster.Home.RowenAsync("jobs", "--max-age", "1d");

        Assert.Equal("rowen jobs: nothing was removed.\n", young.Error);
        Assert.Equal("rowen jobs: removed J2.\n", small.Error);
        Assert.Equal("rowen jobs: removed J3.\n", old.Error);
        Assert.Contains("J1", old.Output, StringComparison.Ordinal);
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("retention.json, which says how long jobs are kept, cannot be: ", wrong.Error, StringComparison.Ordinal);
        Assert.Equal("J4\n", next.Output);
        Assert.Equal(["J4"], left);
        Assert.Equal(2, stray.ExitCode);
        Assert.Contains("--max-age belongs to --prune.", stray.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Empty_input_and_unknown_jobs_and_functions_have_plain_answers()
    {
        string none = Path.Combine(cluster.Home.Folder("none"), "items.json");
        await File.WriteAllTextAsync(none, "[]", Cancellation);

        Job empty = await cluster.SubmitAsync("Square", "--from-json", none);
        Job unknown = await cluster.SubmitAsync("NoSuchFunction", "--array", "1-3");
        JobStatus emptyEnd = await empty.WaitAsync(cancellationToken: Cancellation);
        JobStatus unknownEnd = await unknown.WaitAsync(cancellationToken: Cancellation);
        Finished missing = await cluster.Home.RowenAsync("attach", "J999");

        Assert.Equal((JobState.Done, 0L), (emptyEnd.State, emptyEnd.Total));
        Assert.Equal(JobState.Stopped, unknownEnd.State);
        Assert.Contains("has no function 'NoSuchFunction'", unknownEnd.Reason, StringComparison.Ordinal);
        Assert.Equal(1, missing.ExitCode);
        Assert.Contains("no job J999", missing.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Program_hands_a_map_over_and_reads_its_results()
    {
        Job job;
        await using (RowenClient client = await RowenClient.ConnectAsync(cluster.ClusterFile, cancellationToken: Cancellation))
        {
            var options = new JobOptions { JobsFolder = cluster.JobsFolder, RowenPath = Path.Combine(Repository.Root, "artifacts", "rowen") };
            job = await client.SubmitAsync(Enumerable.Range(1, 100), TestFunctions.WellBehaved.Square, options, Cancellation);
        }

        JobStatus status = await job.WaitAsync(cancellationToken: Cancellation);
        List<int> squares = [];
        await foreach (JobResult<int> result in Job.Find(job.Id, cluster.JobsFolder).ReadResultsAsync<int>(Cancellation))
        {
            squares.Add(result.Value);
        }

        Assert.True(status.State == JobState.Done, status.ToString());
        Assert.Equal(Enumerable.Range(1, 100).Select(number => number * number), squares);
    }

    private static string ById(XElement page, string id) => page.Descendants().Single(element => element.Attribute("id")?.Value == id).Value;
}
