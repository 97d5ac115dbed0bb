using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.Cli;

/// <summary><c>rowen run</c> and its logs, as a shell sees them.</summary>
public sealed class RunVerbTests : IDisposable
{
    private readonly PrivateHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Items_run_are_kept_by_item_and_summed_up()
    {
        (await _home.RowenAsync("up", "--detach")).AssertDone();

        Finished all = await _home.RowenAsync("run", "--array", "1-20", "--output", "json", "--", "/bin/sh", "-c", "echo out $1; echo err $1 >&2", "sh", "{item}");
        Finished some = await _home.RowenAsync("run", "--array", "1-6", "--keep-going", "--", "/bin/sh", "-c", "echo no $1 >&2; exit $(($1 % 3))", "sh", "{item}");
        Finished stopped = await _home.RowenAsync("run", "--array", "1-50", "--max-running", "1", "--", "/bin/sh", "-c", "exit $1", "sh", "{item}");
        Finished single = await _home.RowenAsync("run", "--env", "COLOR=red", "--", "/bin/sh", "-c", "echo $COLOR; pwd");
        Finished shell = await _home.RowenAsync("run", "--array", "7", "--shell", "--print", "--", "echo \"[$item]\" | tr 7 8");
        Finished item = await _home.RowenAsync("logs", "R1", "4");
        Finished error = await _home.RowenAsync("logs", "R1", "4", "--stream", "err");
        Finished whole = await _home.RowenAsync("logs", "R1");
        Finished json = await _home.RowenAsync("logs", "R2", "0", "-o", "json");
        Finished nothing = await _home.RowenAsync("logs", "R1", "99");
        (await _home.RowenAsync("down")).AssertDone();

        all.AssertDone();
        JsonElement summary = JsonDocument.Parse(all.Output).RootElement;
        Assert.Equal(("R1", 20, 0), (summary.GetProperty("run").GetString(), summary.GetProperty("done").GetInt32(), summary.GetProperty("failed").GetInt32()));
        Assert.Equal(("out 5\n", "err 5\n"), (item.Output, error.Output));
        Assert.Equal(string.Concat(Enumerable.Range(1, 20).Select(i => $"out {i}\n")), whole.Output);
        Assert.Equal(4, some.ExitCode);
        Assert.Contains("2 × exit code 1 (item 0, 3): ", some.Error, StringComparison.Ordinal);
        Assert.Contains("2 × exit code 2 (item 1, 4): ", some.Error, StringComparison.Ordinal);
        Assert.Contains("R2: 2 done, 4 failed", some.Error, StringComparison.Ordinal);
        Assert.Contains("R3: 0 done, 1 failed, 49 not run, or not to the end, in", stopped.Error, StringComparison.Ordinal);
        Assert.Equal(1, JsonDocument.Parse(json.Output).RootElement.GetProperty("exitCode").GetInt32());
        Assert.Equal($"red\n{Repository.Root}\n", single.Output);
        Assert.Equal("[8]\n", shell.Output);
        Assert.Equal(1, nothing.ExitCode);
        Assert.Contains("R1 has nothing of item 99", nothing.Error, StringComparison.Ordinal);
    }

    /// <summary>Of one item, and of a run or job that has only one; the end is told once, by the record of the item.</summary>
    [Theory]
    [InlineData("R1", "0", "run", "--array", "1-2")]
    [InlineData("R1", null, "run")]
    [InlineData("J1", "0", "submit", "--array", "1-2")]
    [InlineData("J1", null, "submit", "--array", "1")]
    public async Task What_an_item_prints_is_seen_while_it_runs(string name, string? item, params string[] verb)
    {
        string folder = _home.Folder("gates");
        (await _home.RowenAsync("up", "--detach")).AssertDone();
        string script = $"echo begun; while [ ! -e {folder}/gate ]; do sleep 0.1; done; echo ended; echo not seen >&2";
        using Process run = _home.Start(Repository.Rowen, [.. verb, "--", "/bin/sh", "-c", script]);
        await Until.TrueAsync(() => _home.LiveFiles().Count > 0, TimeSpan.FromMinutes(1), "something is told of what runs");

        using Process follow = _home.Start(Repository.Rowen, ["logs", name, .. item is null ? Array.Empty<string>() : [item], "-f"]);
        string? first = await PrivateHome.ReadLineAsync(follow);
        Assert.NotEmpty(_home.LiveFiles()); // it runs still
        await File.WriteAllTextAsync($"{folder}/gate", string.Empty, TestContext.Current.CancellationToken);
        string rest = await follow.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await PrivateHome.EndAsync(follow);
        await PrivateHome.EndAsync(run);
        Finished whole = await _home.RowenAsync("logs", name, "0");

        Assert.Equal(("begun", "ended\n", 0), (first, rest, follow.ExitCode));
        Assert.Equal("begun\nended\n", whole.Output);
        await Until.TrueAsync(() => _home.LiveFiles().Count == 0, TimeSpan.FromMinutes(1), "nothing of it stays");
        (await _home.RowenAsync("down")).AssertDone();
    }

    [Fact]
    public async Task Items_are_lines_of_a_file_or_of_a_pipe()
    {
        string file = Path.Combine(_home.Folder("items"), "lines.txt");
        await File.WriteAllTextAsync(file, "a b\r\n\"q\" $(touch x) *\n\n  ünï", TestContext.Current.CancellationToken);
        (await _home.RowenAsync("up", "--detach")).AssertDone();
        Finished lines = await _home.RowenAsync("run", "--each-line", file, "--", "printf", "[%s]\n", "{item}");
        Finished pipe = await _home.RunAsync(TimeSpan.FromMinutes(1), "/bin/bash", "-c", $"'{Repository.Rowen}' run --each-line <(printf '1\n2') -- echo {{item}}");
        Finished standard = await _home.RunAsync(TimeSpan.FromMinutes(1), "/bin/bash", "-c", $"printf '3\n4\n' | '{Repository.Rowen}' run --each-line - -- echo {{item}}");
        Finished none = await _home.RowenAsync("run", "--each-line", "/dev/null", "--", "echo", "{item}");
        Finished stopped = await _home.RowenAsync("run", "--each-line", file, "--max-running", "1", "--", "false", "{item}");
        string[] printed = [.. await Task.WhenAll(Enumerable.Range(1, 3).Select(async run => (await _home.RowenAsync("logs", $"R{run}")).Output))];
        (await _home.RowenAsync("down")).AssertDone();

        lines.AssertDone();
        pipe.AssertDone();
        standard.AssertDone();
        none.AssertDone();
        Assert.Equal(["[a b]\n[\"q\" $(touch x) *]\n[]\n[  ünï]\n", "1\n2\n", "3\n4\n"], printed);
        Assert.Contains("R1: 4 done, in", lines.Error, StringComparison.Ordinal);
        Assert.Contains("R5: 0 done, 1 failed, 3 not run, or not to the end, in", stopped.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task First_commands_are_shown_without_a_cluster()
    {
        Finished dry = await _home.RowenAsync("run", "--array", "1-100", "--dry-run", "--", "./simulate", "--seed={item}", "a b", "");

        dry.AssertDone();
        Assert.Equal("./simulate --seed=1 'a b' ''", dry.Output.Split('\n')[0]);
        Assert.Equal(10, dry.Output.TrimEnd().Split('\n').Length);
        Assert.Contains("100 in all; nothing was run", dry.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, "rowen up", "run", "--", "true")]
    [InlineData(1, "{y} stands in the command", "run", "--array", "1-2", "--", "echo", "{y}")]
    [InlineData(1, "there are no items: give --array", "run", "--", "echo", "{item}")]
    [InlineData(1, "write \"$item\"", "run", "--array", "1-2", "--shell", "--", "echo {item}")]
    [InlineData(2, "Items come from one place", "run", "--array", "1-2", "--each-line", "x", "--", "true")]
    [InlineData(2, "'--aray' is no option", "run", "--aray", "1-10", "--", "true")]
    [InlineData(1, "ranges look like 1-1000", "run", "--array", "x", "--", "true")]
    [InlineData(2, "times look like 90s", "run", "--time-request", "5", "--", "true")]
    [InlineData(1, "There is no run R7", "logs", "R7")]
    public async Task Mistakes_are_one_line_that_says_what_to_do(int exitCode, string hint, params string[] arguments)
    {
        Finished finished = await _home.RowenAsync(arguments);

        Assert.Equal(exitCode, finished.ExitCode);
        Assert.Contains(hint, Assert.Single(finished.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupted_run_ends_its_items_and_says_how_far_it_came()
    {
        string stays = string.Create(CultureInfo.InvariantCulture, $"sleep 81{Environment.ProcessId}");
        using Process run = _home.Start(Repository.Rowen, ["run", "--local", "--array", "1-100", "--", .. stays.Split(' ')]);
        Task<string> error = run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await Until.TrueAsync(() => Processes.WithCommandLine(stays).Count > 0, TimeSpan.FromMinutes(2), "items run");

        PrivateHome.Signal(run, PrivateHome.Interruption, isForGroup: false);
        await PrivateHome.EndAsync(run);

        Assert.Equal(130, run.ExitCode);
        Assert.Contains("R1: stopped: 0 done", await error, StringComparison.Ordinal);
        Assert.Empty(await _home.ProcessesAfterAMomentAsync());
        Assert.Empty(Processes.WithCommandLine(stays));
    }

    [Fact]
    public async Task Log_is_followed_while_the_run_goes_on()
    {
        string gate = Path.Combine(_home.Folder("gate"), "open");
        using Process run = _home.Start(
            Repository.Rowen, "run", "--local", "--array", "0-1", "--max-running", "1", "--", "/bin/sh", "-c", "while [ $1 = 1 -a ! -e $2 ]; do sleep 0.05; done; echo item $1", "sh", "{item}", gate);
        await Until.TrueAsync(() => Directory.Exists(Path.Combine(_home.Home, ".rowen", "runs", "R1")), TimeSpan.FromMinutes(2), "the run has begun");
        using Process logs = _home.Start(Repository.Rowen, "logs", "R1", "-f");

        Assert.Equal("item 0", await PrivateHome.ReadLineAsync(logs));
        await File.WriteAllTextAsync(gate, string.Empty, TestContext.Current.CancellationToken);
        Assert.Equal("item 1", await PrivateHome.ReadLineAsync(logs));
        await PrivateHome.EndAsync(logs);
        await PrivateHome.EndAsync(run);

        Assert.Equal((0, 0), (logs.ExitCode, run.ExitCode));
    }

    [Fact]
    public async Task Files_go_in_and_come_back_and_much_output_is_cut_and_memory_has_its_limit()
    {
        string folder = _home.Folder("files");
        await File.WriteAllTextAsync($"{folder}/sent", "sent\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync($"{folder}/in-1", "one\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync($"{folder}/in-2", "two\n", TestContext.Current.CancellationToken);
        (await _home.RowenAsync("up", "--detach")).AssertDone();

        Finished scratch = await _home.RowenAsync(
            "run", "--array", "1-2", "--scratch", "--send", $"{folder}/sent", "--input-file", $"{folder}/in-{{item}}", "--fetch", "out", "--into", $"{folder}/back-{{index}}", "--max-output", "20", "--",
            "/bin/sh", "-c", "cat sent - > out; seq 1 1000");
        Finished kept = await _home.RowenAsync("logs", "R1", "0");
        Finished shared = await _home.RowenAsync("run", "--workdir", folder, "--input-file", $"{folder}/in-2", "--", "/bin/sh", "-c", "pwd; cat; ls -d in-1");
        Finished hungry = await _home.RowenAsync("run", "--memory", "256M", "--", "tail", "-n", "1", "/dev/zero"); // it looks for a line without end
        (await _home.RowenAsync("down")).AssertDone();

        scratch.AssertDone();
        Assert.Equal(
            ("sent\none\n", "sent\ntwo\n"),
            (await File.ReadAllTextAsync($"{folder}/back-0/out", TestContext.Current.CancellationToken), await File.ReadAllTextAsync($"{folder}/back-1/out", TestContext.Current.CancellationToken)));
        Assert.StartsWith("1\n2\n3\n4\n5\n", kept.Output, StringComparison.Ordinal);
        Assert.EndsWith("999\n1000\n", kept.Output, StringComparison.Ordinal);
        Assert.True(kept.Output.Length < 200, kept.Output);
        Assert.Equal($"{folder}\ntwo\nin-1\n", shared.Output);
        Assert.Equal(4, hungry.ExitCode);
        Assert.Contains("1 × OutOfMemory (item 0): ", hungry.Error, StringComparison.Ordinal);
        string last = hungry.Error.TrimEnd().Split('\n')[^1];
        Assert.Matches("[0-9] run again \\(.*[0-9] out of memory\\)", last); // on a busy machine it may have lost a connection, too
    }

    [Fact]
    public async Task Mpi_program_is_an_item_of_several_cores()
    {
        Finished run = await _home.RowenAsync(
            "run", "--local", "--cores", "2", "--time-request", "60s", "--env", "OMPI_ALLOW_RUN_AS_ROOT=1", "--env", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "--",
            "mpirun.openmpi", "-n", "2", "/bin/sh", "-c", "echo rank $OMPI_COMM_WORLD_RANK of $OMPI_COMM_WORLD_SIZE");

        run.AssertDone();
        Assert.Equal(["rank 0 of 2", "rank 1 of 2"], run.Output.TrimEnd().Split('\n').Order(StringComparer.Ordinal));
    }
}
