using System.Globalization;
using System.Security.Cryptography;
using Rowen.IntegrationTests.Faults;
using Rowen.IntegrationTests.Invocations;
using Rowen.IntegrationTests.ResourceManager;
using Rowen.Protocol.Errors;

namespace Rowen.IntegrationTests.Commands;

public sealed class CommandTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>
{
    private static readonly CommandOptions Collecting = new() { Errors = MapErrors.Collect };

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Thousand_commands_run_and_each_gives_its_own_output()
    {
        CommandItem[] items = [.. Enumerable.Range(0, 1_000).Select(i => Command("/bin/echo", i.ToString(CultureInfo.InvariantCulture)))];

        IReadOnlyList<CommandOutcome> results = await cluster.Client.RunAsync(items, cancellationToken: Bound);

        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => $"{i}\n"), results.Select(result => result.StandardOutputText));
        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => (long)i), results.Select(result => result.Index));
        Assert.All(results, result => Assert.Equal((true, 0, 0), (result.IsSuccess, result.ExitCode, result.Signal)));
    }

    [Fact(Timeout = 120_000)]
    public async Task Exit_codes_signals_and_the_end_of_standard_error_are_told()
    {
        IReadOnlyList<CommandOutcome> results = await cluster.Client.RunAsync(
            [Shell("echo one; echo two >&2; exit 3"), Shell("kill -SEGV $$"), Shell("true")], Collecting, Bound);

        Assert.Equal((3, 0, ErrorCode.CommandFailed, "one\n"), (results[0].ExitCode, results[0].Signal, results[0].Error!.Code, results[0].StandardOutputText));
        Assert.EndsWith("exited with code 3. It printed: two", results[0].Error!.Message, StringComparison.Ordinal);
        Assert.Equal((0, 11), (results[1].ExitCode, results[1].Signal));
        Assert.Contains("was ended by SIGSEGV", results[1].Error!.Message, StringComparison.Ordinal);
        Assert.True(results[2].IsSuccess);
    }

    [Fact(Timeout = 120_000)]
    public async Task First_failure_ends_the_run_and_what_runs()
    {
        string stays = Sleep(70);
        using var folder = new TemporaryFolder();
        string gate = Path.Combine(folder.Path, "gate");
        CommandItem fails = Shell($"while [ ! -e {gate} ]; do sleep 0.02; done; exit 9");
        Task<IReadOnlyList<CommandOutcome>> run = cluster.Client.RunAsync([Command(stays.Split(' ')), fails, Shell("true")], cancellationToken: Bound);
        await Until.TrueAsync(() => IsRunning(stays), TimeSpan.FromSeconds(30), "the first command runs");

        await File.WriteAllTextAsync(gate, string.Empty, Bound);
        MapException error = await Assert.ThrowsAsync<MapException>(() => run);

        Assert.Equal((1L, ErrorCode.CommandFailed), (error.ItemIndex, error.Code));
        await Until.TrueAsync(() => !IsRunning(stays), TimeSpan.FromSeconds(30), "what still ran was ended");
    }

    [Theory(Timeout = 120_000)]
    [InlineData("/no/such/program", "'/no/such/program' could not be started on node ", "there is no such file")]
    [InlineData("no-such-program", "There is no program 'no-such-program' on node ", "along PATH=")]
    [InlineData("/etc", "'/etc' could not be started", "it is a folder")]
    [InlineData("/etc/passwd", "'/etc/passwd' could not be started", "may not be executed (chmod +x)")]
    public async Task Program_that_cannot_be_started_is_named_with_its_node(string program, string where, string why)
    {
        CommandOutcome result = Assert.Single(await cluster.Client.RunAsync([Command(program)], Collecting, Bound));

        Assert.Equal(ErrorCode.CommandNotStarted, result.Error!.Code);
        Assert.Contains(where, result.Error.Message, StringComparison.Ordinal);
        Assert.Contains(why, result.Error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Script_without_interpreter_and_missing_interpreter_are_explained()
    {
        CommandItem noFormat = Command("./script") with { FilesIn = [new CommandFile("script", "echo hello"u8.ToArray()) { IsExecutable = true }] };
        CommandItem noInterpreter = noFormat with { FilesIn = [new CommandFile("script", "#!/no/such\n"u8.ToArray()) { IsExecutable = true }] };

        IReadOnlyList<CommandOutcome> results = await cluster.Client.RunAsync([noFormat, noInterpreter], Collecting, Bound);

        Assert.Contains("#!/bin/sh", results[0].Error!.Message, StringComparison.Ordinal);
        Assert.Contains("interpreter", results[1].Error!.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Ten_mebibytes_of_any_bytes_come_back_as_they_were()
    {
        byte[] bytes = new byte[10 << 20];
        new Random(7).NextBytes(bytes);
        CommandItem cat = Command("cat") with { Input = bytes };

        CommandOutcome result = Assert.Single(await cluster.Client.RunAsync([cat], cancellationToken: Bound));

        Assert.Equal(SHA256.HashData(bytes), SHA256.HashData(result.StandardOutput.Span));
        Assert.Equal(bytes.Length, result.StandardOutputBytes);
    }

    [Fact(Timeout = 120_000)]
    public async Task Of_longer_output_the_first_and_the_last_half_are_kept()
    {
        CommandItem item = Shell("seq 1 100000; seq 1 100000 >&2") with { MaxOutputBytes = 20 };

        CommandOutcome result = Assert.Single(await cluster.Client.RunAsync([item], cancellationToken: Bound));

        Assert.Equal("1\n2\n3\n4\n5\n\n[rowen: 588875 bytes were left out here]\n99\n100000\n", result.StandardOutputText);
        Assert.Equal((588_895, 588_895), (result.StandardOutputBytes, result.StandardErrorBytes));
    }

    [Fact(Timeout = 120_000)]
    public async Task Command_starts_in_an_empty_folder_of_its_own_with_a_clean_environment()
    {
        CommandItem item = Shell("touch left-behind; pwd; ls -A | wc -l; env | cut -d= -f1 | sort | tr '\\n' ' '; echo; ls /proc/self/fd | tr '\\n' ' '") with
        {
            Environment = new Dictionary<string, string> { ["COLOR"] = "red" },
        };

        IReadOnlyList<CommandOutcome> results = await cluster.Client.RunAsync([item, item, item], cancellationToken: Bound);

        foreach (string[] lines in results.Select(result => result.StandardOutputText.Split('\n')))
        {
            Assert.False(Directory.Exists(Path.Combine(lines[0], "left-behind")));
            Assert.Equal("1", lines[1]);
            string[] known = ["COLOR", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                "PATH", "PWD", "ROWEN_CLUSTER", "ROWEN_COMMAND", "ROWEN_ITEM", "TMPDIR", "TZ", "USER", "_", "OLDPWD", "SHLVL"];
            Assert.Empty(lines[2].Split(' ', StringSplitOptions.RemoveEmptyEntries).Except(known));
            Assert.Contains("COLOR", lines[2], StringComparison.Ordinal);
            Assert.Contains("ROWEN_CLUSTER", lines[2], StringComparison.Ordinal); // a path
            Assert.Equal("0 1 2 3 ", lines[3]); // the last is ls's own
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Files_travel_both_ways_and_a_missing_one_is_a_failure()
    {
        CommandItem item = Shell("tr a-z A-Z < in/text > out; echo done") with
        {
            FilesIn = [new CommandFile("in/text", "hello"u8.ToArray())],
            FilesOut = ["out"],
        };

        IReadOnlyList<CommandOutcome> results = await cluster.Client.RunAsync([item, item with { FilesOut = ["out", "other"] }], Collecting, Bound);

        CommandFile file = Assert.Single(results[0].Files);
        Assert.Equal(("out", "HELLO"), (file.Path, System.Text.Encoding.UTF8.GetString(file.Content.Span)));
        Assert.Equal(ErrorCode.CommandFailed, results[1].Error!.Code);
        Assert.Contains("has not written other", results[1].Error!.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Path_out_of_the_folder_is_refused_before_anything_starts()
    {
        CommandItem item = Command("true") with { FilesOut = ["../secret"] };

        await Assert.ThrowsAsync<ArgumentException>(() => cluster.Client.RunAsync([item], cancellationToken: Bound));
    }

    [Fact(Timeout = 120_000)]
    public async Task Time_limit_ends_the_command_and_everything_that_it_started()
    {
        string stays = Sleep(71);
        CommandItem item = Shell($"trap '' TERM; (setsid env -i {stays}) & setsid {stays} & {stays} & echo started; wait; {stays}") with
        {
            TimeLimit = TimeSpan.FromSeconds(2),
        };

        CommandOutcome result = Assert.Single(await cluster.Client.RunAsync([item], Collecting, Bound));

        Assert.False(IsRunning(stays));
        Assert.Equal((9, ErrorCode.CommandFailed, "started\n"), (result.Signal, result.Error!.Code, result.StandardOutputText));
        Assert.Contains("its time of 2 s was over", result.Error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_a_command_leaves_running_ends_with_it()
    {
        string stays = Sleep(72);

        CommandOutcome result = Assert.Single(await cluster.Client.RunAsync(
            [Shell($"(setsid env -i {stays} &) ; (setsid {stays} &); {stays} & echo left")], cancellationToken: Bound));

        Assert.False(IsRunning(stays));
        Assert.Equal("left\n", result.StandardOutputText);
    }

    [Fact(Timeout = 120_000)]
    public async Task Cancelled_run_leaves_no_process_not_even_a_grandchild()
    {
        string stays = Sleep(73);
        using var cancelling = new CancellationTokenSource();
        Task<IReadOnlyList<CommandOutcome>> run = cluster.Client.RunAsync(
            [Shell($"setsid {stays} & trap '' TERM; {stays}"), Shell($"{stays} & wait")], cancellationToken: cancelling.Token);
        await Until.TrueAsync(() => Count(stays) >= 2, TimeSpan.FromSeconds(30), "a command and its child run, or two commands");

        await cancelling.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await Until.TrueAsync(() => !IsRunning(stays), TimeSpan.FromSeconds(30), "every process of the run has ended");
    }

    [Fact(Timeout = 120_000)]
    public async Task Command_of_several_cores_is_bound_to_them_and_its_libraries_are_told()
    {
        CommandItem item = Shell("nproc; echo $OMP_NUM_THREADS $OPENBLAS_NUM_THREADS $MKL_NUM_THREADS") with { Cores = 2 };

        IReadOnlyList<CommandOutcome> results = await cluster.Client.RunAsync([item, item, item], new CommandOptions { Cores = 2 }, Bound);

        Assert.All(results, result => Assert.Equal("2\n2 2 2\n", result.StandardOutputText));
    }

    [Fact(Timeout = 120_000)]
    public async Task Command_of_one_core_is_bound_to_it()
    {
        IReadOnlyList<CommandOutcome> results = await cluster.Client.RunAsync([Command("nproc"), Command("nproc")], cancellationToken: Bound);

        Assert.All(results, result => Assert.Equal("1\n", result.StandardOutputText));
    }

    [Fact(Timeout = 120_000)]
    public async Task Program_is_called_as_it_was_written()
    {
        CommandOutcome outcome = Assert.Single(await cluster.Client.RunAsync([Command("sh", "-c", "tr '\\0' ' ' < /proc/$$/cmdline")], cancellationToken: Bound));

        Assert.StartsWith("sh -c ", outcome.StandardOutputText, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Time_and_memory_are_measured()
    {
        CommandItem item = Shell("x=$(head -c 150000000 /dev/zero | tr '\\0' a); i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; sleep 0.1");

        CommandOutcome result = Assert.Single(await cluster.Client.RunAsync([item], cancellationToken: Bound));

        Assert.True(result.Duration >= TimeSpan.FromMilliseconds(100), $"{result.Duration}");
        Assert.True(result.ProcessorTime > TimeSpan.FromMilliseconds(10), $"{result.ProcessorTime}");
        Assert.True(result.PeakMemoryBytes > 150_000_000, $"{result.PeakMemoryBytes}");
    }

    private static CommandItem Command(params string[] arguments) => new() { Arguments = arguments };

    private static CommandItem Shell(string script) => Command("/bin/sh", "-c", script);

    /// <summary>A command line that no other process has.</summary>
    private static string Sleep(int kind) =>
        string.Create(CultureInfo.InvariantCulture, $"sleep {kind}{Environment.ProcessId}");

    private static bool IsRunning(string commandLine) => Count(commandLine) > 0;

    private static int Count(string commandLine) => Processes.WithCommandLine(commandLine).Count;
}
