#pragma warning disable xUnit1051 // the client bounds each of its calls, and each test has a timeout
using System.Net.Sockets;
using System.Text;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.CodePackages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.Protocol.Usage;

namespace Rowen.IntegrationTests.ResourceManager;

public sealed class ManagerHostTests : IDisposable
{
    private static readonly LeaseAsk TwoCores = new() { Cores = 2, Client = "test" };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<bool> Listeners => [true, false];

    public void Dispose() => _folder.Dispose();

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Listeners))]
    public async Task A_lease_goes_from_asking_to_its_end_over_either_listener(bool isTcp)
    {
        await using RunningManager manager = await RunningManager.StartAsync(_folder.Path);
        using ManagerClient client = isTcp ? manager.ConnectByTcp() : manager.Connect();
        await using PretendedAgent agent = await PretendedAgent.JoinAsync(client, cores: 2);

        LeaseView asked = await client.AskLeaseAsync(TwoCores);
        NodeOrder start = await agent.NextAsync(NodeOrderKind.StartLease);
        Task<ExecutorView> executor = client.GetExecutorAsync(asked.Id, TimeSpan.FromSeconds(30));
        await agent.ReadyAsync(asked.Id);
        ExecutorView view = await executor;
        LeaseView renewed = await client.RenewAsync(asked.Id);
        LeaseView released = await client.ReleaseAsync(asked.Id);
        NodeOrder end = await agent.NextAsync(NodeOrderKind.EndLease);
        await agent.EndedAsync(asked.Id);
        NodeView node = Assert.Single(await client.GetNodesAsync());

        Assert.Equal(LeaseState.Starting, asked.State);
        Assert.Equal((asked.Id, 2, 1L << 30), (start.Lease, start.Cores, start.MemoryBytes));
        Assert.Equal(["unix:@executor-of-the-test"], view.Addresses);
        Assert.Equal(start.Secret, view.Secret);
        Assert.Equal(LeaseState.Active, renewed.State);
        Assert.Equal((LeaseState.Ended, ErrorCode.LeaseReleased), (released.State, released.EndCode));
        Assert.Equal((asked.Id, ErrorCode.LeaseReleased, 0), (end.Lease, end.Code, end.GraceMs));
        Assert.Equal((2, 2), (node.Cores, node.FreeCores));
    }

    [Fact(Timeout = 120_000)]
    public async Task An_acknowledged_lease_outlives_its_manager_and_its_agent_gets_its_number_back()
    {
        LeaseView asked;
        NodeWelcome welcome;
        await using (RunningManager manager = await RunningManager.StartAsync(_folder.Path))
        {
            using ManagerClient client = manager.Connect();
            await using PretendedAgent agent = await PretendedAgent.JoinAsync(client, cores: 2);
            asked = await client.AskLeaseAsync(TwoCores);
            await agent.ReadyAsync(asked.Id);
            welcome = agent.Welcome;
        }

        await using RunningManager next = await RunningManager.StartAsync(_folder.Path);
        using ManagerClient again = next.Connect();
        await using PretendedAgent returning = await PretendedAgent.JoinAsync(
            again, 2, "00112233445566778899aabbccddeeff", new ServedLease(asked.Id, welcome.Epoch, ["unix:@still-there"]));
        ExecutorView executor = await again.GetExecutorAsync(asked.Id, TimeSpan.FromSeconds(30));
        LeaseView restored = await again.GetLeaseAsync(asked.Id);
        NodeOrder renewal = await returning.NextAsync(NodeOrderKind.RenewLease);

        Assert.Equal((welcome.Node, welcome.Epoch + 1), (returning.Welcome.Node, returning.Welcome.Epoch));
        Assert.Equal(["unix:@still-there"], executor.Addresses);
        Assert.Equal((LeaseState.Active, welcome.Epoch + 1), (restored.State, restored.Epoch));
        Assert.Equal((asked.Id, welcome.Epoch + 1), (renewal.Lease, renewal.Epoch));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_long_poll_answers_at_the_change()
    {
        await using RunningManager manager = await RunningManager.StartAsync(_folder.Path);
        using ManagerClient client = manager.Connect();
        LeaseView waiting = await client.AskLeaseAsync(TwoCores);
        LeaseView unchanged = await client.WaitForLeaseAsync(waiting.Id, waiting.Version, TimeSpan.FromMilliseconds(50));

        Task<LeaseView> change = client.WaitForLeaseAsync(waiting.Id, waiting.Version, TimeSpan.FromSeconds(20));
        await using PretendedAgent agent = await PretendedAgent.JoinAsync(client, cores: 2);
        LeaseView granted = await change;

        Assert.Equal("waits for 2 cores: no node is there; start one with `rowen agent`", waiting.Reason);
        Assert.Equal(waiting.Version, unchanged.Version);
        Assert.Equal((LeaseState.Starting, agent.Welcome.Node), (granted.State, granted.Node));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_wrong_token_is_refused_before_anything_is_read()
    {
        await using RunningManager manager = await RunningManager.StartAsync(_folder.Path);
        string wrong = Convert.ToBase64String(new byte[32]);
        using var stranger = new ManagerClient(manager.Addresses.ForOtherNodes() with { Token = wrong });
        using var silent = new ManagerClient(manager.Addresses.ForOtherNodes() with { Token = null });

        RowenException refusal = await Assert.ThrowsAsync<RowenException>(() => stranger.AskLeaseAsync(TwoCores));
        RowenException other = await Assert.ThrowsAsync<RowenException>(() => silent.GetNodesAsync());

        Assert.Equal(ErrorCode.NotAuthenticated, refusal.Code);
        Assert.Equal(ErrorCode.NotAuthenticated, other.Code);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_second_manager_on_the_folder_is_told_who_has_it()
    {
        await using RunningManager manager = await RunningManager.StartAsync(_folder.Path);

        RowenException refusal = await Assert.ThrowsAsync<RowenException>(() => RunningManager.StartAsync(_folder.Path));

        Assert.Equal(ErrorCode.StateFolderInUse, refusal.Code);
        Assert.Contains($"process {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_thousand_silent_connections_hold_up_nobody()
    {
        await using RunningManager manager = await RunningManager.StartAsync(_folder.Path);
        using ManagerClient client = manager.Connect();
        using ManagerClient remote = manager.ConnectByTcp();
        await using PretendedAgent agent = await PretendedAgent.JoinAsync(client, cores: 2);
        var silent = new List<Socket>();
        try
        {
            for (int index = 0; index < 500; index++)
            {
                silent.Add(await OpenTcpAsync(manager));
                silent.Add(await OpenUnixAsync(manager));
            }

            LeaseView near = await client.AskLeaseAsync(new LeaseAsk { Cores = 1 });
            LeaseView far = await remote.AskLeaseAsync(new LeaseAsk { Cores = 1 });

            Assert.Equal((LeaseState.Starting, LeaseState.Starting), (near.State, far.State));
        }
        finally
        {
            silent.ForEach(socket => socket.Dispose());
        }
    }

    [Theory(Timeout = 120_000)]
    [InlineData("POST /v1/leases", "{", 400, "is not a LeaseAsk")]
    [InlineData("POST /v1/leases", "null", 400, "is not a LeaseAsk")]
    [InlineData("POST /v1/leases", "{\"cores\":\"many\"}", 400, "$.cores")]
    [InlineData("POST /v1/leases", "{\"client\":null}", 400, "is not a LeaseAsk")]
    [InlineData("POST /v1/leases", "{\"cores\":-1}", 400, "cores = -1")]
    [InlineData("POST /v1/nodes", "{}", 400, "instance must be")]
    [InlineData("POST /v1/nodes", "{\"instance\":\"00112233445566778899aabbccddeeff\",\"name\":\"x\",\"cores\":1,\"memoryBytes\":1,\"serving\":[null]}", 400, "serving must name leases")]
    [InlineData("POST /v1/nodes/N1/reports", "{}", 404, "join again")]
    [InlineData("GET /v1/nodes/N1/orders", "", 404, "join again")]
    [InlineData("GET /v1/leases/forty", "", 400, "leases look like L42")]
    [InlineData("GET /v1/leases/L42", "", 404, "No lease L42 is known")]
    [InlineData("GET /v1/leases/L42?version=-3", "", 400, "version=-3")]
    [InlineData("GET /v1/leases/L42/logs?stream=../../etc", "", 400, "must be out or err")]
    [InlineData("PUT /v1/packages/..%2f..", "", 400, "is not a code package")]
    [InlineData("GET /v1/elsewhere", "", 400, "is not a call of this manager")]
    [InlineData("PATCH /v1/leases", "", 400, "is not a call of this manager")]
    public async Task Whatever_is_malformed_gets_a_sentence(string call, string body, int status, string expected)
    {
        await using RunningManager manager = await RunningManager.StartAsync(_folder.Path);

        string answer = await SendAsync(manager, call, body);

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains(expected, System.Text.RegularExpressions.Regex.Unescape(answer), StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_a_request_does_not_name_takes_its_default()
    {
        await using RunningManager manager = await RunningManager.StartAsync(_folder.Path);

        string answer = await SendAsync(manager, "POST /v1/leases", "{\"cores\":3}");

        Assert.Contains("\"cores\":3,\"memoryBytes\":0,\"durationMs\":60000", answer, StringComparison.Ordinal);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("{}")]
    [InlineData("{\"graceMs\":0,\"why\":\"over\"}")]
    public async Task A_waiting_lease_can_be_revoked(string ask)
    {
        await using RunningManager manager = await RunningManager.StartAsync(_folder.Path);
        await SendAsync(manager, "POST /v1/leases", "{\"cores\":3}");

        string answer = await SendAsync(manager, "POST /v1/leases/L1/revoke", ask);

        Assert.Contains("\"endCode\":\"LeaseRevoked\"", answer, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_body_beyond_the_limit_is_refused()
    {
        await using RunningManager manager = await RunningManager.StartAsync(_folder.Path);

        using Socket socket = await OpenUnixAsync(manager);
        using var stream = new NetworkStream(socket);
        await stream.WriteAsync("POST /v1/leases HTTP/1.1\r\nHost: rowen\r\nContent-Length: 2000000\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(stream);
        string answer = await reader.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Everything_in_the_state_folder_is_for_its_owner_only()
    {
        await using RunningManager manager = await RunningManager.StartAsync(_folder.Path);
        using ManagerClient client = manager.Connect();
        await client.AskLeaseAsync(TwoCores);

        string[] open =
        [
            .. Directory.EnumerateFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Append(_folder.Path)
                .Where(path => (File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)) != 0),
        ];

        Assert.Empty(open);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_log_is_relayed_from_its_node()
    {
        await using RunningManager manager = await RunningManager.StartAsync(_folder.Path);
        using ManagerClient client = manager.Connect();
        await using PretendedAgent agent = await PretendedAgent.JoinAsync(client, cores: 2);
        LeaseView lease = await client.AskLeaseAsync(TwoCores);
        var copy = new MemoryStream();

        await Task.WhenAll(client.CopyLogAsync(lease.Id, "err", copy), AnswerAsync());

        Assert.Equal("it broke\n", Encoding.UTF8.GetString(copy.ToArray()));

        async Task AnswerAsync()
        {
            NodeOrder order = await agent.NextAsync(NodeOrderKind.SendLog);
            Assert.Equal((lease.Id, "err"), (order.Lease, order.Stream));
            await client.AnswerAsync(agent.Welcome.Node, order.Ask, new MemoryStream(Encoding.UTF8.GetBytes("it broke\n")));
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Usage_is_reported_and_kept()
    {
        var used = new LeaseUsage { AllocatedMs = 2_000, PollingMs = 300, ComputingMs = 40, InvocationCount = 5, MemoryMebibyteSeconds = 7, PeakMemoryBytes = 6 };
        LeaseView lease;
        await using (RunningManager manager = await RunningManager.StartAsync(_folder.Path))
        {
            using ManagerClient client = manager.Connect();
            await using PretendedAgent agent = await PretendedAgent.JoinAsync(client, cores: 2);
            lease = await client.AskLeaseAsync(TwoCores);
            var report = new NodeReport { AgentClockMs = Environment.TickCount64, Usage = [used with { Lease = lease.Id }] };
            await client.ReportAsync(agent.Welcome.Node, report);
            Assert.Equal(used with { Lease = lease.Id }, Assert.Single(await client.GetUsageAsync()).Used);
        }

        await using RunningManager next = await RunningManager.StartAsync(_folder.Path);
        using ManagerClient again = next.Connect();
        Assert.Equal(used with { Lease = lease.Id }, Assert.Single(await again.GetUsageAsync()).Used);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_code_package_comes_out_as_it_went_in_and_under_no_other_name()
    {
        await using RunningManager manager = await RunningManager.StartAsync(_folder.Path);
        using ManagerClient client = manager.ConnectByTcp();
        using var source = new TemporaryFolder();
        using var target = new TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(source.Path, "function.dll"), "code");
        using var archive = new MemoryStream();
        CodePackageId id = (await CodePackageArchive.WriteAsync(source.Path, archive)).Id;
        var other = new CodePackageId(new string('0', 64));

        bool wasThere = await client.HasPackageAsync(id);
        RowenException refusal = await Assert.ThrowsAsync<RowenException>(() => UploadAsync(client, other, archive));
        await UploadAsync(client, id, archive);
        await UploadAsync(client, id, archive);
        CodePackageId found = default;
        await client.DownloadPackageAsync(
            id,
            async (tar, stop) => found = await CodePackageArchive.ExtractAsync(tar, target.Path, CodePackageLimits.Default, stop),
            1 << 20);

        Assert.False(wasThere);
        Assert.Equal(ErrorCode.PackageHashDiffers, refusal.Code);
        Assert.True(await client.HasPackageAsync(id));
        Assert.False(await client.HasPackageAsync(other));
        Assert.Equal(id, found);
        Assert.Equal([id.ToString()], Directory.EnumerateDirectories(Path.Combine(_folder.Path, "packages")).Select(Path.GetFileName));
    }

    [Fact(Timeout = 120_000)]
    public async Task Taking_the_cluster_down_makes_agents_leave_and_then_the_manager()
    {
        await using RunningManager manager = await RunningManager.StartAsync(_folder.Path);
        using ManagerClient client = manager.Connect();
        PretendedAgent agent = await PretendedAgent.JoinAsync(client, cores: 2);
        LeaseView lease = await client.AskLeaseAsync(TwoCores);

        await client.ShutDownAsync();
        await agent.NextAsync(NodeOrderKind.Leave);
        RowenException refusal = await Assert.ThrowsAsync<RowenException>(() => client.AskLeaseAsync(TwoCores));
        await agent.EndedAsync(lease.Id, ErrorCode.LeaseRevoked, "the node drains");
        await agent.DisposeAsync();
        await manager.Ended;

        Assert.Equal(ErrorCode.ManagerUnreachable, refusal.Code);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "manager.sock")));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_damaged_state_is_refused_with_its_path()
    {
        await using (RunningManager manager = await RunningManager.StartAsync(_folder.Path))
        {
            using ManagerClient client = manager.Connect();
            await client.AskLeaseAsync(TwoCores);
        }

        string path = Path.Combine(_folder.Path, "manager.db");
        byte[] bytes = await File.ReadAllBytesAsync(path);
        int secret = bytes.AsSpan().LastIndexOf("\"secret\""u8);
        bytes[secret + 12] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
        RowenException refusal = await Assert.ThrowsAsync<RowenException>(() => RunningManager.StartAsync(_folder.Path));

        Assert.Equal(ErrorCode.StorageFailed, refusal.Code);
        Assert.Contains($"{path} is damaged", refusal.Message, StringComparison.Ordinal);
    }

    private static Task UploadAsync(ManagerClient client, CodePackageId id, MemoryStream archive) => client.UploadPackageAsync(
        id, (target, stop) => target.WriteAsync(archive.ToArray(), stop).AsTask());

    private static async Task<Socket> OpenTcpAsync(RunningManager manager)
    {
        var address = new Uri(manager.Addresses.Tcp!);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address.Host, address.Port);
        return socket;
    }

    private static async Task<Socket> OpenUnixAsync(RunningManager manager)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(manager.Addresses.Unix!["unix:".Length..]));
        return socket;
    }

    /// <summary>Sends a request byte by byte as written here, and returns all that comes back.</summary>
    private static async Task<string> SendAsync(RunningManager manager, string call, string body)
    {
        using Socket socket = await OpenUnixAsync(manager);
        using var stream = new NetworkStream(socket);
        string request = $"{call} HTTP/1.1\r\nHost: rowen\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(request));
        }
        catch (IOException)
        {
            // Refused before all of it was read; the answer is there all the same.
        }

        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
