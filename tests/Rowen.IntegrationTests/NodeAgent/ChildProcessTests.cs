using System.ComponentModel;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Faults;

namespace Rowen.IntegrationTests.NodeAgent;

public sealed class ChildProcessTests
{
    [Fact(Timeout = 120_000)]
    public async Task Child_gets_its_arguments_and_environment_and_nothing_else()
    {
        using ChildProcess child = Start("/bin/sh", ["-c", "echo \"$1\"; env | sort | grep -v ^_ ; pwd", "sh", "one two"]);

        Assert.Equal("one two\nCOLOR=red\nPWD=/\n/\n", await ReadToEndAsync(child.Output));
        Assert.Equal(0, (await ReapAsync(child)).ExitCode);
    }

    [Fact(Timeout = 120_000)]
    public async Task Exit_code_and_signal_are_told_apart()
    {
        using ChildProcess exits = Start("/bin/sh", ["-c", "exit 137"]);
        using ChildProcess dies = Start("/bin/sh", ["-c", "kill -9 $$"]);

        Assert.Equal((137, 0), Of(await ReapAsync(exits)));
        Assert.Equal((0, 9), Of(await ReapAsync(dies)));

        static (int, int) Of(ChildProcessExit exit) => (exit.ExitCode, exit.Signal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Processor_time_is_counted_while_it_runs_and_at_the_end()
    {
        using ChildProcess child = Start("/bin/sh", ["-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"]);

        await Until.TrueAsync(
            () => ChildProcess.GetProcessorNs(child.Id) > 1_000_000, TimeSpan.FromSeconds(30), "the child computes");
        ChildProcessExit exit = await ReapAsync(child);

        Assert.True(exit.ProcessorNs > 1_000_000, $"{exit.ProcessorNs} ns");
    }

    [Fact]
    public void Program_that_is_not_there_is_named()
    {
        Win32Exception refusal = Assert.Throws<Win32Exception>(() => Start("/no/such/program", []));

        Assert.StartsWith("'/no/such/program' could not be started: ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Whole_group_is_killed_and_pinned()
    {
        using ChildProcess child = Start("/bin/sh", ["-c", "sleep 300 & echo $!; wait"]);
        int grandchild = 0;
        byte[] buffer = new byte[64];
        await Until.TrueAsync(
            () => int.TryParse(Encoding.ASCII.GetString(buffer, 0, child.Output.Read(buffer)), out grandchild),
            TimeSpan.FromSeconds(30),
            "the grandchild is named");
        int core = CpuAffinity.GetAllowed()[^1];

        Assert.True(CpuAffinity.TryPinProcess(child.Id, [core]));
        string status = await File.ReadAllTextAsync($"/proc/{child.Id}/status", TestContext.Current.CancellationToken);
        ProcessControl.KillGroup(child.Id, ProcessSignal.Kill);

        Assert.Contains($"Cpus_allowed_list:\t{core}\n", status, StringComparison.Ordinal);
        Assert.Equal(9, (await ReapAsync(child)).Signal);
        await Until.TrueAsync(() => !Processes.IsAlive(grandchild), TimeSpan.FromSeconds(30), "the grandchild is gone");
        Assert.False(CpuAffinity.TryPinProcess(child.Id, [core]));
    }

    private static ChildProcess Start(string program, IReadOnlyList<string> arguments) => ChildProcess.Start(new ChildProcessStart
    {
        FileName = program,
        Arguments = arguments,
        Environment = new Dictionary<string, string> { ["COLOR"] = "red" },
        WorkingFolder = "/",
    });

    private static async Task<ChildProcessExit> ReapAsync(ChildProcess child)
    {
        ChildProcessExit exit = default;
        await Until.TrueAsync(() => child.TryReap(out exit), TimeSpan.FromSeconds(30), "the child ends");
        return exit;
    }

    private static Task<string> ReadToEndAsync(OutputPipe pipe) => Task.Run(() =>
    {
        using var poll = new DescriptorPoll();
        SafeFileHandle[] handles = [pipe.Handle];
        bool[] isReady = new bool[1];
        byte[] buffer = new byte[4096];
        var text = new StringBuilder();
        while (!pipe.HasEnded)
        {
            poll.Wait(handles, isReady, TimeSpan.FromSeconds(5));
            text.Append(Encoding.UTF8.GetString(buffer, 0, pipe.Read(buffer)));
        }

        return text.ToString();
    });
}
