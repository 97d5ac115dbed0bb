using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.Faults;
using Rowen.Protocol.Identifiers;

namespace Rowen.IntegrationTests.Jobs;

/// <summary>Jobs whose items are programs, on a real cluster.</summary>
public sealed class CommandJobTests(JobClusterFixture cluster) : IClassFixture<JobClusterFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task What_programs_print_is_kept_by_item_in_few_files_and_failures_run_again_alone()
    {
        string folder = cluster.Home.Folder("commands");
        string items = Path.Combine(folder, "items.json");
        await File.WriteAllTextAsync(items, JsonSerializer.Serialize(Enumerable.Range(0, 20).Select(item => new { x = item, name = $"n {item}" })), Cancellation);
        Job job = await SubmitAsync(
            "--from-json", items, "--", "/bin/sh", "-c", "echo \"out $1\"; echo \"err $2\" >&2; [ $1 != 7 ] || [ -e $3/mended ]", "sh", "{x}", "{name}", folder);

        Finished wait = await cluster.Home.RowenAsync("wait", $"{job.Id}");
        Finished whole = await cluster.Home.RowenAsync("logs", $"{job.Id}");
        Finished error = await cluster.Home.RowenAsync("logs", $"{job.Id}", "7", "--stream", "err");
        JsonElement logged = await cluster.JsonAsync("logs", $"{job.Id}", "7");
        JsonElement explained = await cluster.JsonAsync("explain", $"{job.Id}", "7");
        Finished results = await cluster.Home.RowenAsync("results", $"{job.Id}");
        await File.WriteAllTextAsync($"{folder}/mended", string.Empty, Cancellation);
        (await cluster.Home.RowenAsync("rerun", $"{job.Id}", "--failed")).AssertDone();
        Finished again = await cluster.Home.RowenAsync("wait", $"{job.Id}");
        Finished followed = await cluster.Home.RowenAsync("logs", $"{job.Id}", "-f");
        Finished report = await cluster.Home.RowenAsync("report", $"{job.Id}");

        Assert.Equal(4, wait.ExitCode);
        Assert.Equal(string.Concat(Enumerable.Range(0, 20).Select(item => $"out {item}\n")), whole.Output);
        Assert.Equal("err n 7\n", error.Output);
        Assert.Equal((1, "out 7\n", "CommandFailed"), (logged.GetProperty("exitCode").GetInt32(), logged.GetProperty("stdout").GetString(), logged.GetProperty("error").GetString()));
        Assert.Equal((1, 1, "Failed"), (explained.GetProperty("exitCode").GetInt32(), explained.GetProperty("attempts").GetInt32(), explained.GetProperty("state").GetString()));
        Assert.Contains("exited with code 1. It printed: err n 7", explained.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(string.Concat(Enumerable.Range(0, 20).Where(item => item != 7).Select(item => $"{item}\tout {item}\n")), results.Output);
        again.AssertDone();
        Assert.Equal(Enumerable.Range(0, 20).Select(item => $"out {item}").Order(), followed.Output.TrimEnd().Split('\n').Order());
        Assert.Contains("<b id=\"again\">0</b>", report.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(job.Folder).Select(Path.GetFileName).Except(["items", "journal", "lock", "log", "results", "status"]));
    }

    [Fact(Timeout = 120_000)]
    public async Task Killed_executor_leaves_no_child_and_its_command_runs_once_more_and_has_one_result()
    {
        string folder = cluster.Home.Folder("killed");
        string stays = string.Create(CultureInfo.InvariantCulture, $"sleep 91{Environment.ProcessId}");
        Job job = await SubmitAsync(
            "--array", "5-5", "--", "/bin/sh", "-c",
            $"(setsid {stays} &); {stays} & echo $PPID >> $1/started; while [ ! -e $1/gate ]; do sleep 0.05; done; echo ran $2", "sh", folder, "{item}");
        await Until.TrueAsync(() => Started(folder).Length == 1 && Processes.WithCommandLine(stays).Count == 2, TimeSpan.FromSeconds(60), "the command and its children run");
        IReadOnlyList<int> children = Processes.WithCommandLine(stays);

        using (var executor = Process.GetProcessById(Started(folder)[0]))
        {
            Assert.Equal("Rowen.Executor", executor.ProcessName);
            executor.Kill();
        }

        await Until.TrueAsync(() => !Processes.WithCommandLine(stays).Intersect(children).Any(), TimeSpan.FromSeconds(60), "the agent has swept its children");
        await Until.TrueAsync(() => Started(folder).Length == 2, TimeSpan.FromSeconds(60), "the command runs again");
        await File.WriteAllTextAsync($"{folder}/gate", string.Empty, Cancellation);
        Finished wait = await cluster.Home.RowenAsync("wait", $"{job.Id}");
        Finished results = await cluster.Home.RowenAsync("results", $"{job.Id}");
        JsonElement explained = await cluster.JsonAsync("explain", $"{job.Id}", "0");
        Finished whole = await cluster.Home.RowenAsync("explain", $"{job.Id}");
        Finished report = await cluster.Home.RowenAsync("report", $"{job.Id}");

        wait.AssertDone();
        Assert.Equal(new RetryCounts { ExecutorDeaths = 1 }, job.ReadStatus().Retries);
        Assert.Contains($"{job.Id} done, 1/1 done, 1 run again (1 whose executor died)", whole.Output, StringComparison.Ordinal);
        Assert.Contains("<b id=\"whose-executor-died\">1</b>", report.Output, StringComparison.Ordinal);
        Assert.Equal("0\tran 5\n", results.Output);
        Assert.Equal((2, 2), (Started(folder).Distinct().Count(), explained.GetProperty("attempts").GetInt32()));
        await Until.TrueAsync(() => Processes.WithCommandLine(stays).Count == 0, TimeSpan.FromSeconds(60), "nothing of either attempt stays");
    }

    [Fact(Timeout = 120_000)]
    public async Task Items_are_the_numbers_of_an_array_as_in_Slurm_s()
    {
        Job job = await SubmitAsync("--array", "0-10:5,3,-2--1", "--", "/bin/echo", "{item}");

        (await cluster.Home.RowenAsync("wait", $"{job.Id}")).AssertDone();
        Finished results = await cluster.Home.RowenAsync("results", $"{job.Id}");

        Assert.Equal("0\t0\n1\t5\n2\t10\n3\t3\n4\t-2\n5\t-1\n", results.Output);
    }

    [Fact(Timeout = 120_000)]
    public async Task Failures_of_programs_are_told_at_the_end_by_how_they_ended()
    {
        Job job = await SubmitAsync("--array", "0-5", "--fetch", "out", "--scratch", "--", "/bin/sh", "-c", "[ $1 = 5 ] || echo > out; case $1 in 1|4) exit 3;; 2) kill -9 $$;; esac", "sh", "{item}");

        Finished attach = await cluster.Home.RowenAsync("attach", $"{job.Id}");
        JsonElement explained = await cluster.JsonAsync("explain", $"{job.Id}");

        Assert.Equal(4, attach.ExitCode);
        Assert.Contains("\n2 failed: '/bin/sh -c", attach.Output, StringComparison.Ordinal);
        Assert.Contains("\n    exit code 3\n    items 1, 4: `rowen explain", attach.Output, StringComparison.Ordinal);
        Assert.Equal(
            ["SIGKILL: 2", "exit code 3: 1 4", "file missing: 5"],
            explained.GetProperty("failures").EnumerateArray().Select(group => $"{group.GetProperty("cause")}: {string.Join(' ', group.GetProperty("items").EnumerateArray())}").Order(StringComparer.Ordinal));
    }

    [Fact(Timeout = 240_000)]
    public async Task Full_disk_stops_a_job_with_a_clear_reason_and_it_goes_on_when_there_is_room()
    {
        string output = await FillDiskAsync("full", "512", """--array 1-300 -- /bin/sh -c 'head -c 3000 /dev/zero | tr "\\0" x; echo " $1"' sh {item}""");

        AssertStoppedAndMended(output, Enumerable.Range(0, 300).Select(item => $"{item}\t {item + 1}\n"));
        Assert.EndsWith("300 printed\n", output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 240_000)]
    public async Task Full_disk_loses_no_result_that_lies_beside_the_journal()
    {
        string output = await FillDiskAsync("full-beside", "512", """--array 1-60 -- /bin/sh -c 'head -c 30000 /dev/zero | tr "\\0" x; echo " $1"' sh {item}""");

        AssertStoppedAndMended(output, Enumerable.Range(0, 60).Select(item => $"{item}\t {item + 1}\n"));
        Assert.EndsWith("60 printed\n", output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 240_000)]
    public async Task Full_disk_loses_no_result_of_a_function()
    {
        const int first = 4_000_000; // bytes, for none of which there is room at first; for a line in the journal that tells of them there is
        const int count = 2;

        string output = await FillDiskAsync("full-function", $"$(( $(du -sk {TestPackage.Folder} | cut -f1) + 512 ))", $"--code {TestPackage.Folder} --array {first}-{first + count - 1} Fill");

        AssertStoppedAndMended(output, Enumerable.Range(0, count).Select(item => $"{item}\t{Convert.ToBase64String(TestFunctions.WellBehaved.Fill(first + item))}\n"));
    }

    /// <summary>The map is through when the disk refuses what it came to: nothing runs any more that would fail.</summary>
    [Fact(Timeout = 240_000)]
    public async Task Full_disk_at_the_very_last_commit_leaves_something_to_resume()
    {
        string gate = cluster.Home.Folder("gate");

        string output = await FillDiskAsync(
            "full-last",
            "512",
            $$"""--array 1-1 -- /bin/sh -c 'echo > $2/began; while [ ! -e $2/open ]; do sleep 0.02; done; head -c 3800 /dev/zero | tr "\\0" x; echo " $1"' sh {item} {{gate}}""",
            $"while [ ! -e {gate}/began ]; do sleep 0.05; done; sleep 1; head -c 1m /dev/zero > $ROWEN_JOBS/filler; echo > {gate}/open");

        AssertStoppedAndMended(output, ["0\t 1\n"]);
        Assert.Contains(" stopped, 0/1 done", output, StringComparison.Ordinal);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("put -- before a program", "submit", "--array", "1-2", "./simulate")]
    [InlineData("{y} stands in the command", "submit", "--array", "1-2", "--", "echo", "{y}")]
    [InlineData("--shell is for commands", "submit", "--array", "1-2", "--shell", "--code", "/tmp", "Square")]
    [InlineData("--time-request", "submit", "--array", "1-2", "--deadline", "5", "--", "echo")]
    public async Task Mistakes_are_told_before_anything_is_written(string hint, params string[] arguments)
    {
        int before = Directory.Exists(cluster.JobsFolder) ? Directory.GetDirectories(cluster.JobsFolder, "J*").Length : 0;

        Finished finished = await cluster.Home.RowenAsync(arguments);

        Assert.NotEqual(0, finished.ExitCode);
        Assert.Contains(hint, finished.Error, StringComparison.Ordinal);
        Assert.Equal(before, Directory.Exists(cluster.JobsFolder) ? Directory.GetDirectories(cluster.JobsFolder, "J*").Length : 0);
    }

    /// <summary>Runs a job on a file system of its own, in a mount namespace that goes with its processes, and makes room when it has stopped.</summary>
    /// <param name="name">Of the folder.</param>
    /// <param name="kibibytes">Room at first.</param>
    /// <param name="submit">What is submitted.</param>
    /// <param name="meanwhile">What happens while it runs.</param>
    /// <returns>What was printed: how it stood, how it ended, the hash of its results without rows of x, and how many logs are whole.</returns>
    private async Task<string> FillDiskAsync(string name, string kibibytes, string submit, string meanwhile = "")
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root may mount the small file system that this test fills.");
        string folder = cluster.Home.Folder(name);
        string script = $$"""
            mount -t tmpfs -o size={{kibibytes}}k,mode=0700 rowen-test '{{folder}}'
            export ROWEN_JOBS='{{folder}}/jobs'
            job=$('{{Repository.Rowen}}' submit {{submit}})
            {{meanwhile}}
            '{{Repository.Rowen}}' wait $job || echo "full: $?"
            '{{Repository.Rowen}}' explain $job
            mount -o remount,size=16m '{{folder}}'
            '{{Repository.Rowen}}' resume $job
            '{{Repository.Rowen}}' wait $job && echo "roomy: $?"
            '{{Repository.Rowen}}' results $job | sed 's/xx*//' | sha256sum
            '{{Repository.Rowen}}' logs $job | grep -c '^x*xxx [0-9]*$' | sed 's/$/ printed/'
            """;

        return (await cluster.Home.RunAsync(TimeSpan.FromSeconds(220), "unshare", "--mount", "bash", "-c", script)).Output;
    }

    private static void AssertStoppedAndMended(string output, IEnumerable<string> results)
    {
        string shown = string.Concat(results.Select(line => new Regex("x+").Replace(line, string.Empty, count: 1)));
        Assert.Contains("full: 1", output, StringComparison.Ordinal);
        Assert.Contains("No space left on device", output, StringComparison.Ordinal);
        Assert.Contains("rowen resume", output, StringComparison.Ordinal);
        Assert.Contains("roomy: 0", output, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(shown))), output, StringComparison.Ordinal);
    }

    private static int[] Started(string folder) => File.Exists($"{folder}/started")
        ? [.. File.ReadAllLines($"{folder}/started").Select(line => int.Parse(line, CultureInfo.InvariantCulture))]
        : [];

    private async Task<Job> SubmitAsync(params IEnumerable<string> arguments)
    {
        Finished submitted = await cluster.Home.RowenAsync(["submit", .. arguments]);
        submitted.AssertDone();
        return Job.Find(JobId.Parse(submitted.Output.Trim(), null), cluster.JobsFolder);
    }
}
