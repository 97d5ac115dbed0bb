using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.Cli;

/// <summary>The verbs, on a real cluster, as a shell sees them.</summary>
public sealed class ClusterVerbTests : IDisposable
{
    private readonly PrivateHome _home = new();

    private static string WordCount => Path.Combine(Repository.Root, "artifacts", "rowen", "samples", "WordCount");

    [Fact]
    public async Task Detached_cluster_serves_calls_until_it_is_taken_down()
    {
        Finished up = await _home.RowenAsync("up", "--detach", "--output", "json");
        up.AssertDone();
        string clusterFile = JsonDocument.Parse(up.Output).RootElement.GetProperty("cluster").GetString()!;

        Finished nodes = await _home.RowenAsync("nodes", "--output", "json");
        Finished call = await _home.RowenAsync("call", "Echo", "--code", WordCount, "--input", "hello", "--input", "again");
        Finished failed = await _home.RowenAsync("call", "CountWords", "--code", WordCount, "--input", "/no/such/file");
        Finished leases = await _home.RowenAsync("leases", "--all", "--output", "json");
        Finished logs = await _home.RowenAsync("logs", "L1");
        Finished down = await _home.RowenAsync("down");

        Assert.Equal("up", JsonDocument.Parse(nodes.Output).RootElement[0].GetProperty("state").GetString());
        Assert.Equal("hello\nagain\n", call.Output);
        Assert.Equal(4, failed.ExitCode);
        Assert.Contains("/no/such/file", failed.Error, StringComparison.Ordinal);
        Assert.Equal(2, JsonDocument.Parse(leases.Output).RootElement.GetArrayLength());
        Assert.Equal(0, logs.ExitCode);
        down.AssertDone();
        Assert.False(File.Exists(clusterFile));
        Assert.Empty(await _home.ProcessesAfterAMomentAsync());
    }

    /// <summary>The token is in the file alone, which is the user's.</summary>
    [Fact]
    public async Task Command_item_knows_the_cluster_that_runs_it_and_is_told_no_secret()
    {
        string cluster = Path.Combine(_home.Folder("elsewhere"), "cluster.json");
        Finished up = await _home.RowenAsync("up", "--detach", "--cores", "99", "--cluster", cluster);
        up.AssertDone();

        Finished nodes = await _home.RowenAsync("run", "--cluster", cluster, "--", "/bin/sh", "-c", $"{Repository.Rowen} nodes --output json");
        Finished environment = await _home.RowenAsync("run", "--cluster", cluster, "--", "env");
        string json = await File.ReadAllTextAsync(cluster, TestContext.Current.CancellationToken);
        Finished down = await _home.RowenAsync("down", "--cluster", cluster);

        nodes.AssertDone();
        down.AssertDone();
        int cores = JsonDocument.Parse(nodes.Output).RootElement[0].GetProperty("cores").GetInt32();
        Assert.InRange(cores, 1, 98);
        Assert.Contains("not 99 cores, as --cores says at most", up.Output, StringComparison.Ordinal);
        Assert.Contains($"ROWEN_CLUSTER={cluster}\n", environment.Output, StringComparison.Ordinal);
        Assert.True(!JsonDocument.Parse(json).RootElement.TryGetProperty("token", out JsonElement token)
            || string.IsNullOrEmpty(token.GetString())
            || !environment.Output.Contains(token.GetString()!, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Second_cluster_on_the_same_file_is_refused()
    {
        (await _home.RowenAsync("up", "--detach")).AssertDone();

        Finished second = await _home.RowenAsync("up");
        (await _home.RowenAsync("down")).AssertDone();

        Assert.Equal(1, second.ExitCode);
        Assert.Contains("runs already", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_detached_cluster_is_refused_and_leaves_the_log_of_the_first()
    {
        (await _home.RowenAsync("up", "--detach")).AssertDone();
        string log = Path.Combine(_home.Home, ".rowen", "state", "up.log");

        Finished second = await _home.RowenAsync("up", "--detach");
        bool isMoved = File.Exists(log + ".1");
        (await _home.RowenAsync("down")).AssertDone();

        Assert.Equal(1, second.ExitCode);
        Assert.Contains("runs already", second.Error, StringComparison.Ordinal);
        Assert.False(isMoved, "the log of the cluster that runs was moved aside");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{")]
    public async Task Cluster_whose_file_is_lost_or_spoilt_is_taken_down_by_its_state_folder(string? content)
    {
        (await _home.RowenAsync("up", "--detach")).AssertDone();
        string file = Path.Combine(_home.Home, ".rowen", "cluster.json");
        File.Delete(file);
        if (content is not null)
        {
            await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        Finished second = await _home.RowenAsync("up", "--detach");
        Finished down = await _home.RowenAsync("down");

        Assert.Contains("rowen down --state", second.Error, StringComparison.Ordinal);
        down.AssertDone();
        Assert.Empty(await _home.ProcessesAfterAMomentAsync());
    }

    /// <summary>The state folder of a shared home may be another host's: what has that id here is somebody else.</summary>
    [Theory]
    [InlineData("login7", 0)]
    [InlineData(null, 1)]
    public async Task Process_of_another_host_or_namespace_is_not_ended_here(string? host, int later)
    {
        string state = _home.Folder("state");
        using Process innocent = _home.Start("sleep", "600");
        string[] fields = (await File.ReadAllTextAsync($"/proc/{innocent.Id}/stat", TestContext.Current.CancellationToken)).Split(' ');
        long start = long.Parse(fields[21], CultureInfo.InvariantCulture) + later;
        using var held = new FileStream(Path.Combine(state, "manager.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        await File.WriteAllTextAsync(
            Path.Combine(state, "manager.pid"), $"{innocent.Id} {start} {host ?? Environment.MachineName}", TestContext.Current.CancellationToken);

        Finished down = await _home.RowenAsync("down", "--state", state);

        Assert.Equal(1, down.ExitCode);
        Assert.Contains($"process {innocent.Id} on {host ?? Environment.MachineName}", down.Error, StringComparison.Ordinal);
        Assert.Contains("Run `rowen down` there", down.Error, StringComparison.Ordinal);
        Assert.False(innocent.HasExited, "a process was ended that Rowen had not started");
        innocent.Kill();
        await innocent.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Cluster_beside_which_an_older_file_lies_is_taken_down_too()
    {
        string file = Path.Combine(_home.Home, ".rowen", "cluster.json");
        (await _home.RowenAsync("up", "--detach")).AssertDone();
        byte[] older = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        (await _home.RowenAsync("down")).AssertDone();
        (await _home.RowenAsync("up", "--detach")).AssertDone();
        await File.WriteAllBytesAsync(file, older, TestContext.Current.CancellationToken);

        (await _home.RowenAsync("down")).AssertDone();

        Assert.Empty(await _home.ProcessesAfterAMomentAsync());
    }

    [Fact]
    public async Task Pipe_in_place_of_a_cluster_file_is_refused_at_once()
    {
        string file = Path.Combine(_home.Home, ".rowen", "cluster.json");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using (Process make = Process.Start("mkfifo", ["-m", "600", file]))
        {
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Finished nodes = await _home.RowenAsync("nodes");

        Assert.Equal(3, nodes.ExitCode);
        Assert.Contains("is no file", nodes.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cluster_in_the_foreground_drains_on_SIGTERM()
    {
        using Process up = _home.Start(Repository.Rowen, "up", "--output", "json");
        string? ready = await PrivateHome.ReadLineAsync(up);
        Assert.NotNull(ready);

        PrivateHome.Interrupt(up);
        await PrivateHome.EndAsync(up);

        Assert.Equal(0, up.ExitCode);
        Assert.False(File.Exists(Path.Combine(_home.Home, ".rowen", "cluster.json")));
        Assert.Empty(await _home.ProcessesAfterAMomentAsync());
    }

    [Fact]
    public async Task Embedded_cluster_ends_with_its_standard_input_and_removes_its_state()
    {
        string state = Path.Combine(_home.Temporary, "embedded");
        using Process up = _home.Start(Repository.Rowen, "up", "--embedded", "--state", state);
        string? ready = await PrivateHome.ReadLineAsync(up);
        Assert.Equal("ready", ready);
        Assert.True(File.Exists(Path.Combine(state, "cluster.json")));

        up.StandardInput.Close();
        await PrivateHome.EndAsync(up);

        Assert.Equal(0, up.ExitCode);
        Assert.False(Directory.Exists(state));
        Assert.Empty(await _home.ProcessesAfterAMomentAsync());
    }

    [Fact]
    public async Task Manager_and_agent_run_apart_over_TLS()
    {
        string state = _home.Folder("state");
        string cluster = Path.Combine(state, "cluster.json");
        using Process manager = _home.Start(
            Repository.Rowen, "manager", "--state", Path.Combine(state, "manager"), "--listen", "127.0.0.1:0", "--cluster", cluster, "-o", "json");
        Assert.NotNull(await PrivateHome.ReadLineAsync(manager));
        using Process agent = _home.Start(
            Repository.Rowen, "agent", "--cluster", cluster, "--state", Path.Combine(state, "node"), "--cores", "1", "--name", "alone");

        Finished call = await _home.RowenAsync("call", "Echo", "--cluster", cluster, "--code", WordCount, "--input", "over there");
        Finished nodes = await _home.RowenAsync("nodes", "--cluster", cluster);
        Finished down = await _home.RowenAsync("down", "--cluster", cluster);
        await PrivateHome.EndAsync(manager);
        await PrivateHome.EndAsync(agent);

        Assert.Equal("over there\n", call.Output);
        Assert.Contains("alone", nodes.Output, StringComparison.Ordinal);
        down.AssertDone();
        Assert.Equal((0, 0), (manager.ExitCode, agent.ExitCode));
    }

    [Fact]
    public async Task Manager_that_takes_any_port_takes_the_same_one_after_it_was_killed_and_its_agent_comes_back()
    {
        string state = _home.Folder("state");
        string cluster = Path.Combine(state, "cluster.json");
        string[] start = ["manager", "--state", Path.Combine(state, "manager"), "--listen", "127.0.0.1:0", "--cluster", cluster, "-o", "json"];
        using Process first = _home.Start(Repository.Rowen, start);
        string? before = await PrivateHome.ReadLineAsync(first);
        using Process agent = _home.Start(
            Repository.Rowen, "agent", "--cluster", cluster, "--state", Path.Combine(state, "node"), "--cores", "1", "--name", "alone");
        (await _home.RowenAsync("call", "Echo", "--cluster", cluster, "--code", WordCount, "--input", "x")).AssertDone();

        first.Kill();
        await PrivateHome.EndAsync(first);
        using Process second = _home.Start(Repository.Rowen, start);
        string? after = await PrivateHome.ReadLineAsync(second);
        Finished call = await _home.RowenAsync("call", "Echo", "--cluster", cluster, "--code", WordCount, "--input", "again");
        (await _home.RowenAsync("down", "--cluster", cluster)).AssertDone();
        await PrivateHome.EndAsync(second);
        await PrivateHome.EndAsync(agent);

        Assert.Equal(AddressOf(before), AddressOf(after));
        Assert.Equal("again\n", call.Output);
        Assert.Equal(0, agent.ExitCode);
    }

    [Fact]
    public async Task Cluster_that_another_file_should_name_is_not_taken_down()
    {
        (await _home.RowenAsync("up", "--detach")).AssertDone();

        Finished other = await _home.RowenAsync("down", "--cluster", Path.Combine(_home.Temporary, "other.json"));
        Finished nodes = await _home.RowenAsync("nodes");
        (await _home.RowenAsync("down")).AssertDone();

        Assert.Equal((3, 0), (other.ExitCode, nodes.ExitCode));
    }

    [Fact]
    public async Task Errors_are_one_line_with_an_exit_code_that_means_something()
    {
        Finished missing = await _home.RowenAsync("nodes");
        Finished wrong = await _home.RowenAsync("nods");
        Finished notALease = await _home.RowenAsync("logs", "seven");

        Assert.Equal((3, 2, 2), (missing.ExitCode, wrong.ExitCode, notALease.ExitCode));
        Assert.All([missing, wrong, notALease], failed => Assert.Single(failed.Error.TrimEnd().Split('\n')));
        Assert.Contains("rowen up", missing.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "'nods' is no verb", "nods", "--output", "json")]
    [InlineData(2, "--cores takes a number from 1; '0' is none", "up", "--cores", "0", "-o", "json")]
    [InlineData(2, "--cores takes a number from 1; 'x' is none", "up", "--cores", "x", "--output=json")]
    [InlineData(2, "--memory takes at least 64M", "up", "--memory", "1", "-o", "json")]
    [InlineData(2, "either --code FOLDER or --library SO", "call", "F", "-o", "json")]
    [InlineData(2, "--ready-to-run is for .NET code", "call", "F", "--library", "x.so", "--ready-to-run", "-o", "json")]
    [InlineData(2, "--at-least is more than --nodes", "call", "F", "--code", "/tmp", "--nodes", "2", "--at-least", "3", "-o", "json")]
    [InlineData(2, "--memory takes at least 64M", "call", "F", "--code", "/tmp", "--memory", "1", "-o", "json")]
    [InlineData(2, "--code is empty", "call", "F", "--code", "", "-o", "json")]
    [InlineData(2, "FUNCTION is empty", "call", "", "--code", "/tmp", "-o", "json")]
    [InlineData(1, "The library /tmp is a folder", "call", "F", "--library", "/tmp", "-o", "json")]
    [InlineData(1, "The input '/tmp' cannot be read: it is a folder", "call", "F", "--library", "/bin/true", "--input-file", "/tmp", "-o", "json")]
    [InlineData(1, "'a b' can be no function", "call", "a b", "--library", "/bin/true", "-o", "json")]
    [InlineData(3, "could not be read: it is a folder", "nodes", "--cluster", "/tmp", "-o", "json")]
    public async Task Programs_read_every_mistake_as_one_object(int exitCode, string expected, params string[] arguments)
    {
        Finished mistaken = await _home.RowenAsync(arguments);

        Assert.Equal((exitCode, string.Empty), (mistaken.ExitCode, mistaken.Output));
        JsonElement error = JsonDocument.Parse(mistaken.Error).RootElement;
        Assert.Contains(expected, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(error.GetProperty("code").GetString()!);
        Assert.DoesNotContain("(Parameter", mistaken.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_that_cannot_be_written_is_told()
    {
        Finished full = await _home.RunAsync(TimeSpan.FromMinutes(2), "/bin/sh", "-c", $"'{Repository.Rowen}' version >/dev/full");
        Finished closed = await _home.RunAsync(TimeSpan.FromMinutes(2), "/bin/sh", "-c", $"'{Repository.Rowen}' version >&-");

        Assert.All([full, closed], finished => Assert.Equal(1, finished.ExitCode));
        Assert.All([full, closed], finished => Assert.Contains("could not be written to standard output", finished.Error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reader_that_has_read_enough_is_no_error()
    {
        Finished help = await _home.RunAsync(
            TimeSpan.FromMinutes(2), "/bin/bash", "-c", $"for verb in version 'call --help' 'nodes --help'; do '{Repository.Rowen}' $verb | true; echo ${{PIPESTATUS[0]}}; done");

        Assert.Equal(("0\n0\n0\n", string.Empty), (help.Output, help.Error));
    }

    [Fact]
    public async Task Logs_outlive_the_cluster_that_wrote_them()
    {
        (await _home.RowenAsync("up", "--detach")).AssertDone();
        (await _home.RowenAsync("call", "Print", "--code", TestPackage.Code.Origin, "--input", "still here")).AssertDone();
        (await _home.RowenAsync("down")).AssertDone();
        (await _home.RowenAsync("up", "--detach")).AssertDone();

        Finished logs = await _home.RowenAsync("logs", "L1");
        Finished nodes = await _home.RowenAsync("nodes", "--output", "json");
        string state = Path.Combine(_home.Home, ".rowen", "state");
        string[] open = [.. Directory.EnumerateFiles(state, "*", SearchOption.AllDirectories)
            .Where(file => !file.StartsWith(Path.Combine(state, "packages"), StringComparison.Ordinal))
            .Where(file => !file.Contains("/agent/packages/", StringComparison.Ordinal))
            .Where(file => !file.Contains("/agent/run/", StringComparison.Ordinal)) // of executors that come and go, each in a closed folder
            .Where(file => (File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != 0)];
        (await _home.RowenAsync("down")).AssertDone();

        Assert.Equal("still here\n", logs.Output);
        Assert.Equal(["gone", "up"], JsonDocument.Parse(nodes.Output).RootElement.EnumerateArray().Select(node => node.GetProperty("state").GetString()!));
        Assert.Empty(open);
    }

    [Fact]
    public async Task Killed_cluster_leaves_nothing_among_the_temporary_files()
    {
        using Process up = _home.Start(Repository.Rowen, "up", "--output", "json");
        Assert.NotNull(await PrivateHome.ReadLineAsync(up));
        (await _home.RowenAsync("call", "Echo", "--code", WordCount, "--input", "x")).AssertDone();

        up.Kill();
        await PrivateHome.EndAsync(up);

        Assert.Empty(await _home.ProcessesAfterAMomentAsync());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_home.Temporary));
    }

    [Fact]
    public async Task Cluster_file_that_others_can_read_is_refused()
    {
        string file = Path.Combine(_home.Folder("open"), "cluster.json");
        await File.WriteAllTextAsync(file, """{"format":1,"address":"unix:/nowhere"}""", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        Finished nodes = await _home.RowenAsync("nodes", "--cluster", file, "--output", "json");

        Assert.Equal(3, nodes.ExitCode);
        Assert.Equal("BadClusterFile", JsonDocument.Parse(nodes.Error).RootElement.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Completion_knows_the_verbs()
    {
        Finished suggested = await _home.RowenAsync("[suggest:9]", "rowen nod");

        Assert.Equal("nodes", suggested.Output.Trim());
    }

    [Fact]
    public async Task Every_verb_shows_examples_in_its_help()
    {
        string[] verbs = ["demo", "up", "down", "manager", "agent", "nodes", "leases", "call", "run", "logs", "usage", "version", "completion"];
        foreach (string verb in verbs)
        {
            Finished help = await _home.RowenAsync(verb, "--help");

            help.AssertDone();
            Assert.Contains("Examples:", help.Output, StringComparison.Ordinal);
            Assert.Contains("--output", help.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Help_says_times_as_they_are_typed()
    {
        Finished help = await _home.RowenAsync("up", "--help");

        Assert.Contains("[default: 5ms]", string.Join(' ', help.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.DoesNotMatch("[0-9]{2}:[0-9]{2}:[0-9]{2}", help.Output);
    }

    public void Dispose() => _home.Dispose();

    private static string? AddressOf(string? json) => JsonDocument.Parse(json!).RootElement.GetProperty("address").GetString();
}
