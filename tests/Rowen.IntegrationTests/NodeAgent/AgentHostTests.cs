using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Rowen.Fabric.OperatingSystem;
using Rowen.IntegrationTests.Faults;
using Rowen.NodeAgent.Capacity;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Nodes;
using Rowen.Protocol.Usage;

namespace Rowen.IntegrationTests.NodeAgent;

public sealed class AgentHostTests
{
    private static readonly LeaseId Lease = new(7);

    [Fact(Timeout = 120_000)]
    public async Task Agent_offers_the_cores_that_it_may_run_on()
    {
        await using AgentFixture fixture = await AgentFixture.StartAsync("serve");

        NodeJoin join = await fixture.Manager.JoinedAsync();

        Assert.Equal(CpuAffinity.GetAllowed().Count, join.Cores);
        Assert.Equal("testnode", join.Name);
        Assert.Equal(32, join.Instance.Length);
        Assert.Empty(join.Serving);
    }

    [Fact(Timeout = 120_000)]
    public async Task Real_executor_gets_a_lease_listens_and_leaves_in_order()
    {
        await using AgentFixture fixture = await AgentFixture.StartRealAsync();

        NodeEvent ready = await fixture.LeaseAsync(Lease);
        string[] folders = Directory.GetDirectories(Path.Combine(fixture.Folder, "state", "run"), "*", SearchOption.AllDirectories);
        UnixFileMode[] modes = [.. folders.Select(File.GetUnixFileMode).Distinct()];
        fixture.Manager.Order(new NodeOrder
        {
            Kind = NodeOrderKind.EndLease,
            Lease = Lease,
            Code = ErrorCode.LeaseReleased,
            Why = "Its owner released it.",
        });
        NodeEvent end = await fixture.Manager.EventAsync(Lease, hasEnded: true);

        Assert.StartsWith("unix:@", ready.Addresses[0], StringComparison.Ordinal);
        Assert.Equal([UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute], modes);
        Assert.Equal((ErrorCode.LeaseReleased, "Its owner released it."), (end.Code, end.Why));
    }

    [Fact(Timeout = 120_000)]
    public async Task Agent_says_that_it_has_left_when_nothing_of_it_runs_and_the_manager_knows()
    {
        AgentFixture? fixture = null;
        (int Executors, int Folders, bool IsKnown)? found = null;
        fixture = await AgentFixture.StartRealAsync(settings => settings with
        {
            HasLeft = () => found = (
                fixture!.FindExecutors().Count, Directory.GetDirectories(Path.Combine(fixture.Folder, "state", "run")).Length, fixture.Manager.HasHeardLast),
        });
        await using AgentFixture own = fixture;
        await fixture.LeaseAsync(Lease);

        await fixture.DrainAsync();

        Assert.Equal((0, 0, true), found);
    }

    [Fact(Timeout = 120_000)]
    public async Task Executor_that_nobody_used_serves_the_next_lease()
    {
        await using AgentFixture fixture = await AgentFixture.StartRealAsync(settings => settings with { PoolSize = 1, Cores = 1 });
        ulong number = Lease.Value;

        // One that takes half a second to come back is ended, and so is one that finds its place in the pool taken: so it goes on a machine under load.
        await Until.InOneOfAsync(
            10,
            async () =>
            {
                var first = new LeaseId(number++);
                var second = new LeaseId(number++);
                await fixture.LeaseAsync(first);
                IReadOnlyList<int> before = fixture.FindExecutors();
                await EndAsync(fixture, first, graceMs: 1_000);
                NodeEvent next = await fixture.LeaseAsync(second);
                Assert.NotEmpty(next.Addresses);
                bool hasNobodyEnded = !before.Except(fixture.FindExecutors()).Any();
                await EndAsync(fixture, second, graceMs: 0);
                return hasNobodyEnded;
            },
            "the second lease was served without any executor's end");
    }

    /// <summary>With a grace, and again at once without.</summary>
    private static async Task EndAsync(AgentFixture fixture, LeaseId lease, long graceMs)
    {
        fixture.Manager.Order(new NodeOrder { Kind = NodeOrderKind.EndLease, Lease = lease, GraceMs = graceMs, Code = ErrorCode.LeaseReleased });
        fixture.Manager.Order(new NodeOrder { Kind = NodeOrderKind.EndLease, Lease = lease, Code = ErrorCode.LeaseReleased });
        await fixture.Manager.EventAsync(lease, hasEnded: true);
    }

    [Fact(Timeout = 120_000)]
    public async Task Executor_runs_on_the_highest_core_only()
    {
        await using AgentFixture fixture = await AgentFixture.StartAsync("serve", settings => settings with { PoolSize = 0 });
        await fixture.LeaseAsync(Lease);

        int executor = await fixture.ExecutorAsync();
        string[] allowed = [.. Directory.EnumerateDirectories($"/proc/{executor}/task")
            .Select(thread => SystemFile.ReadOrNone(thread + "/status")) // threads come and go
            .OfType<string>()
            .Select(status => status.Split('\n').First(line => line.StartsWith("Cpus_allowed_list", StringComparison.Ordinal)))];

        Assert.NotEmpty(allowed);
        Assert.All(allowed, line => Assert.Equal($"Cpus_allowed_list:\t{CpuAffinity.GetAllowed()[^1]}", line));
    }

    [Fact(Timeout = 120_000)]
    public async Task Lease_that_is_not_renewed_ends_by_itself()
    {
        await using AgentFixture fixture = await AgentFixture.StartRealAsync();

        fixture.Manager.Order(AgentFixture.StartOrder(Lease, await fixture.Manager.AgentClockAsync() + 3_000));
        NodeEvent end = await fixture.Manager.EventAsync(Lease, hasEnded: true); // on a machine under load without ever having been ready

        Assert.Equal(ErrorCode.LeaseExpired, end.Code);
    }

    [Fact(Timeout = 120_000)]
    public async Task Killed_executor_is_reported_at_once()
    {
        await using AgentFixture fixture = await AgentFixture.StartRealAsync(settings => settings with { PoolSize = 0 });
        await fixture.LeaseAsync(Lease);
        int executor = await fixture.ExecutorAsync();

        ProcessControl.Kill(executor, ProcessSignal.Kill);
        NodeEvent end = await fixture.Manager.EventAsync(Lease, hasEnded: true);

        Assert.Equal(ErrorCode.ExecutorCrashed, end.Code); // and not, by its silence, PeerLost
        Assert.Contains("L7 on node testnode was killed by SIGKILL from outside", end.Why, StringComparison.Ordinal);
        Assert.Contains("rowen logs L7", end.Why, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Stopped_executor_is_killed_after_its_time_of_silence()
    {
        await using AgentFixture fixture = await AgentFixture.StartRealAsync(settings => settings with { PoolSize = 0, Patience = TimeSpan.FromSeconds(5) });
        await fixture.LeaseAsync(Lease);

        ProcessControl.Kill(await fixture.ExecutorAsync(), ProcessSignal.Stop);
        NodeEvent end = await fixture.Manager.EventAsync(Lease, hasEnded: true);

        Assert.Equal(ErrorCode.PeerLost, end.Code);
        Assert.Contains("said nothing for 5 s", end.Why, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Pooled_executor_that_dies_is_replaced()
    {
        await using AgentFixture fixture = await AgentFixture.StartRealAsync();
        int first = await fixture.ExecutorAsync();

        ProcessControl.Kill(first, ProcessSignal.Kill);
        await Until.TrueAsync(
            () => fixture.FindExecutors() is { Count: > 0 } others && !others.Contains(first), TimeSpan.FromSeconds(30), "another one is in the pool");
        NodeEvent ready = await fixture.LeaseAsync(Lease);

        Assert.NotEmpty(ready.Addresses);
        Assert.DoesNotContain(first, fixture.FindExecutors());
    }

    [Fact(Timeout = 120_000)]
    public async Task Function_that_exits_the_process_is_named_with_its_code_and_last_line()
    {
        await using AgentFixture fixture = await AgentFixture.StartAsync("exit");

        await fixture.LeaseAsync(Lease);
        NodeEvent end = await fixture.Manager.EventAsync(Lease, hasEnded: true);

        Assert.Equal(ErrorCode.FunctionExitedProcess, end.Code);
        Assert.Contains("exited with code 7", end.Why, StringComparison.Ordinal);
        Assert.Contains("\"I have seen enough.\"", end.Why, StringComparison.Ordinal);
        Assert.Equal("I have seen enough.\n", await fixture.Manager.LogAsync(Lease, "err"));
    }

    [Fact(Timeout = 120_000)]
    public async Task Unhandled_exception_is_quoted()
    {
        await using AgentFixture fixture = await AgentFixture.StartAsync("abort");

        await fixture.LeaseAsync(Lease);
        NodeEvent end = await fixture.Manager.EventAsync(Lease, hasEnded: true);

        Assert.Equal(ErrorCode.ExecutorCrashed, end.Code);
        Assert.Contains("SIGABRT", end.Why, StringComparison.Ordinal);
        Assert.Contains("nobody catches this", end.Why, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Last_words_of_an_executor_count_more_than_the_signal()
    {
        await using AgentFixture fixture = await AgentFixture.StartAsync("failing");

        await fixture.LeaseAsync(Lease);
        NodeEvent end = await fixture.Manager.EventAsync(Lease, hasEnded: true);

        Assert.Equal(ErrorCode.OutputOverrun, end.Code);
        Assert.Contains("'blur' wrote past the end of its output", end.Why, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Executor_that_exceeds_its_memory_is_ended_and_says_so()
    {
        await using AgentFixture fixture = await AgentFixture.StartAsync("allocate");

        await fixture.LeaseAsync(Lease, memoryBytes: 200 << 20);
        NodeEvent end = await fixture.Manager.EventAsync(Lease, hasEnded: true);
        LeaseUsage usage = await fixture.Manager.UsageAsync(Lease, used => used.PeakMemoryBytes > 0);

        Assert.Equal(ErrorCode.OutOfMemory, end.Code);
        Assert.Contains("its limit is 200 MiB", end.Why, StringComparison.Ordinal);
        Assert.InRange(usage.PeakMemoryBytes, 150L << 20, 400L << 20);
    }

    [Fact(Timeout = 120_000)]
    public async Task Memory_is_enforced_without_control_groups_as_well()
    {
        await using AgentFixture fixture = await AgentFixture.StartAsync("allocate", groups: new ControlGroups(null, null, null));

        await fixture.LeaseAsync(Lease, memoryBytes: 200 << 20);
        NodeEvent end = await fixture.Manager.EventAsync(Lease, hasEnded: true);

        Assert.Equal(ErrorCode.OutOfMemory, end.Code);
    }

    [Fact(Timeout = 120_000)]
    public async Task Children_end_with_the_lease_without_control_groups_as_well()
    {
        await using AgentFixture fixture = await AgentFixture.StartAsync("children", groups: new ControlGroups(null, null, null));
        await fixture.LeaseAsync(Lease);
        int[] children = await ChildrenAsync(fixture);

        fixture.Manager.Order(new NodeOrder { Kind = NodeOrderKind.EndLease, Lease = Lease, Code = ErrorCode.LeaseReleased });
        await fixture.Manager.EventAsync(Lease, hasEnded: true);

        Assert.All(children, child => Assert.False(Processes.IsAlive(child)));
    }

    [Fact(Timeout = 120_000)]
    public async Task Flood_of_output_keeps_the_newest_bytes_and_says_what_it_dropped()
    {
        await using AgentFixture fixture = await AgentFixture.StartAsync("flood", settings => settings with { MaxLogBytes = 65_536 });

        await fixture.LeaseAsync(Lease);
        string log = string.Empty;
        await Until.TrueAsync(
            async () => (log = await fixture.Manager.LogAsync(Lease, "out")).StartsWith("[rowen: the first ", StringComparison.Ordinal),
            TimeSpan.FromSeconds(60),
            "the oldest bytes are dropped");
        long logged = Directory.EnumerateFiles(Path.Combine(fixture.Folder, "state", "logs", "L7")).Sum(LengthOrZero);

        Assert.Contains("\nline ", log, StringComparison.Ordinal);
        Assert.InRange(logged, 0, 65_536);
    }

    /// <summary>The agent goes on turning files over while they are counted: what is gone since holds nothing.</summary>
    private static long LengthOrZero(string file)
    {
        try
        {
            return new FileInfo(file).Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Children_of_a_function_end_with_its_lease()
    {
        await using AgentFixture fixture = await AgentFixture.StartAsync("children");
        await fixture.LeaseAsync(Lease);
        int[] children = await ChildrenAsync(fixture);

        fixture.Manager.Order(new NodeOrder { Kind = NodeOrderKind.EndLease, Lease = Lease, Code = ErrorCode.LeaseReleased });
        await fixture.Manager.EventAsync(Lease, hasEnded: true);

        Assert.All(children, child => Assert.False(Processes.IsAlive(child)));
    }

    [Fact(Timeout = 120_000)]
    public async Task Executors_die_with_an_agent_that_is_killed_and_the_next_one_sweeps()
    {
        string folder = Directory.CreateTempSubdirectory("rowen-agent-test-").FullName;
        string run = Path.Combine(folder, "state", "run");
        await using FakeManager manager = await FakeManager.StartAsync(folder);
        using Process agent = AgentFixture.StartAgentProcess(folder, "children");
        using Process next = await KillAndReplaceAsync(agent, manager, folder, run);
        try
        {
            await Until.TrueAsync(
                () => AgentFixture.FindMemoryGroups(agent.Id).Length == 0, TimeSpan.FromSeconds(30), "control groups are swept");
            manager.Order(new NodeOrder { Kind = NodeOrderKind.Leave });
            await next.WaitForExitAsync(TestContext.Current.CancellationToken);
            await Until.TrueAsync(() => AgentFixture.FindProcesses(folder).Count == 0, TimeSpan.FromSeconds(30), "everything below the folder has ended");
            Assert.Empty(AgentFixture.FindMemoryGroups(next.Id));
        }
        finally
        {
            next.Kill(entireProcessTree: true);
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Its process id is another one there, and here nobody's: whoever went by that would sweep what it runs.</summary>
    [Fact(Timeout = 120_000)]
    public async Task Agent_in_a_process_namespace_of_its_own_is_left_alone()
    {
        string folder = Directory.CreateTempSubdirectory("rowen-agent-test-").FullName;
        string run = Path.Combine(folder, "state", "run");
        await using FakeManager manager = await FakeManager.StartAsync(folder);
        using Process apart = AgentFixture.StartAgentProcessApart(folder, "serve");
        try
        {
            manager.Order(AgentFixture.StartOrder(Lease, await manager.AgentClockAsync() + 60_000));
            await manager.EventAsync(Lease, hasEnded: false);
            IReadOnlyList<int> executors = AgentFixture.FindExecutorPrograms(run);
            Assert.NotEmpty(executors);

            await using AgentFixture fixture = await AgentFixture.StartAsync("serve"); // it has swept before it joins
            await fixture.LeaseAsync(Lease);

            Assert.All(executors, executor => Assert.True(Processes.IsAlive(executor), "an executor was killed by an agent that had not started it"));
        }
        finally
        {
            apart.Kill(entireProcessTree: true);
            await apart.WaitForExitAsync(TestContext.Current.CancellationToken);
            await Until.TrueAsync(() => AgentFixture.FindProcesses(folder).Count == 0, TimeSpan.FromSeconds(30), "everything below the folder has ended");
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Process> KillAndReplaceAsync(Process agent, FakeManager manager, string folder, string run)
    {
        try
        {
            manager.Order(AgentFixture.StartOrder(Lease, await manager.AgentClockAsync() + 60_000));
            await manager.EventAsync(Lease, hasEnded: false);
            await Until.TrueAsync(
                () => AgentFixture.FindProcesses(run).Count >= 3, TimeSpan.FromSeconds(30), "an executor and two children run");
        }
        finally
        {
            ProcessControl.Kill(agent.Id, ProcessSignal.Kill);
        }

        await agent.WaitForExitAsync();
        await Until.TrueAsync(
            () => AgentFixture.FindExecutorPrograms(run).Count == 0, TimeSpan.FromSeconds(30), "executors are gone");
        Process next = AgentFixture.StartAgentProcess(folder, "serve");
        await manager.JoinedAgainAsync(2);
        return next;
    }

    [Fact(Timeout = 120_000)]
    public async Task Executor_that_ignores_its_end_is_killed()
    {
        await using AgentFixture fixture = await AgentFixture.StartAsync("hang", settings => settings with { PoolSize = 0 });
        await fixture.LeaseAsync(Lease);

        fixture.Manager.Order(new NodeOrder
        {
            Kind = NodeOrderKind.EndLease,
            Lease = Lease,
            GraceMs = 200,
            Code = ErrorCode.LeaseRevoked,
            Why = "The node is needed.",
        });
        NodeEvent end = await fixture.Manager.EventAsync(Lease, hasEnded: true);

        Assert.Equal((ErrorCode.LeaseRevoked, "The node is needed."), (end.Code, end.Why));
        Assert.Empty(fixture.FindExecutors());
    }

    [Fact(Timeout = 120_000)]
    public async Task Executor_that_sends_nonsense_is_killed()
    {
        await using AgentFixture fixture = await AgentFixture.StartAsync("nonsense");

        await fixture.LeaseAsync(Lease);
        NodeEvent end = await fixture.Manager.EventAsync(Lease, hasEnded: true);

        Assert.Equal(ErrorCode.MalformedMessage, end.Code);
    }

    [Fact(Timeout = 120_000)]
    public async Task Word_of_an_executor_never_exceeds_what_the_kernel_counted()
    {
        await using AgentFixture fixture = await AgentFixture.StartAsync("meter");

        await fixture.LeaseAsync(Lease);
        LeaseUsage usage = await fixture.Manager.UsageAsync(Lease, used => used.InvocationCount > 0);

        Assert.InRange(usage.ComputingMs, 290, 5_000);
        Assert.Equal(3, usage.InvocationCount);
    }

    [Fact(Timeout = 120_000)]
    public async Task Strangers_are_closed_before_they_say_anything()
    {
        await using AgentFixture fixture = await AgentFixture.StartRealAsync();
        int executor = await fixture.ExecutorAsync();
        string name = (await File.ReadAllTextAsync($"/proc/{executor}/cmdline", TestContext.Current.CancellationToken)).TrimEnd('\0').Split('\0')[^1];

        for (int i = 0; i < 100; i++)
        {
            using var stranger = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await stranger.ConnectAsync(new UnixDomainSocketEndPoint("\0" + name.TrimStart('@')), TestContext.Current.CancellationToken);
            Assert.Equal(0, await stranger.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));
        }

        Assert.NotEmpty((await fixture.LeaseAsync(Lease)).Addresses);
    }

    [Fact(Timeout = 120_000)]
    public async Task Agent_joins_a_restarted_manager_again_and_tells_what_it_serves()
    {
        await using AgentFixture fixture = await AgentFixture.StartRealAsync();
        NodeJoin first = await fixture.Manager.JoinedAsync();
        await fixture.LeaseAsync(Lease);

        await fixture.Manager.DisposeAsync();
        fixture.Manager = await FakeManager.StartAsync(fixture.Folder);
        fixture.Manager.Epoch = 2;
        NodeJoin again = await fixture.Manager.JoinedAsync();

        Assert.Equal(first.Instance, again.Instance);
        ServedLease served = Assert.Single(again.Serving);
        Assert.Equal(Lease, served.Lease);
        Assert.NotEmpty(served.Addresses);
    }

    [Fact(Timeout = 120_000)]
    public async Task Order_to_leave_ends_agent_and_executors()
    {
        await using AgentFixture fixture = await AgentFixture.StartRealAsync();
        await fixture.LeaseAsync(Lease);

        fixture.Manager.Order(new NodeOrder { Kind = NodeOrderKind.Leave });
        await fixture.Agent.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        NodeEvent end = await fixture.Manager.EventAsync(Lease, hasEnded: true);

        Assert.Equal(ErrorCode.LeaseRevoked, end.Code);
        Assert.Empty(fixture.FindExecutors());
    }

    [Fact(Timeout = 120_000)]
    public async Task Second_agent_on_the_same_folder_is_refused()
    {
        await using AgentFixture fixture = await AgentFixture.StartRealAsync();
        var settings = new Rowen.NodeAgent.AgentSettings
        {
            Cluster = fixture.Manager.Cluster,
            StateFolder = Path.Combine(fixture.Folder, "state"),
        };

        RowenException refusal = await Assert.ThrowsAsync<RowenException>(() => Rowen.NodeAgent.AgentHost.RunAsync(
            settings, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, CancellationToken.None));

        Assert.Equal(ErrorCode.StateFolderInUse, refusal.Code);
    }

    private static async Task<int[]> ChildrenAsync(AgentFixture fixture)
    {
        int[] children = [];
        while (children.Length < 2)
        {
            string log = await fixture.Manager.LogAsync(Lease, "out");
            children = [.. log.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
                .Select(text => int.TryParse(text, CultureInfo.InvariantCulture, out int id) ? id : 0).Where(id => id > 0)];
        }

        Assert.All(children, child => Assert.True(Processes.IsAlive(child)));
        return children;
    }
}
