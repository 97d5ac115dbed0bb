using System.Net.Sockets;
using Rowen.IntegrationTests.ResourceManager;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Leases;

namespace Rowen.IntegrationTests.Client;

public sealed class ManagerConnectionTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("rowen-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory(Timeout = 120_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lease_is_renewed_and_shown_over_either_socket_and_after_a_restart(bool isUnix)
    {
        LeaseView lease;
        ManagerConnection connection;
        await using (RunningManager manager = await RunningManager.StartAsync(_folder))
        {
            using ManagerClient client = manager.Connect();
            await using PretendedAgent agent = await PretendedAgent.JoinAsync(client, cores: 1);
            lease = await client.AskLeaseAsync(new LeaseAsk { Cores = 1 }, TestContext.Current.CancellationToken);
            connection = new ManagerConnection(isUnix ? manager.Addresses.ForThisNode() : manager.Addresses.ForOtherNodes());

            Assert.Equal(60_000, connection.Renew(lease.Id, Patience).DurationMs);
            Assert.Equal(lease.Id, connection.GetLease(lease.Id, Patience).Id);
            Assert.Equal(ErrorCode.UnknownLease, Refusal(() => connection.Renew(new LeaseId(4_711), Patience)));
        }

        using (connection)
        {
            Assert.Equal(ErrorCode.ManagerUnreachable, Refusal(() => connection.Renew(lease.Id, Patience)));
            if (isUnix)
            {
                await using RunningManager again = await RunningManager.StartAsync(_folder);
                Assert.Equal(lease.Id, connection.Renew(lease.Id, Patience).Id);
            }
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Wrong_certificate_and_wrong_token_are_told_apart_from_absence()
    {
        await using RunningManager manager = await RunningManager.StartAsync(_folder);
        ClusterFile good = manager.Addresses.ForOtherNodes();
        ClusterFile otherPin = good with { CertificateSha256 = new string('0', 64) };
        ClusterFile otherToken = good with { Token = "d3Jvbmc=" };

        foreach (ClusterFile wrong in new[] { otherPin, otherToken })
        {
            using var connection = new ManagerConnection(wrong);
            using var client = new ManagerClient(wrong);
            Assert.Equal(ErrorCode.NotAuthenticated, Refusal(() => connection.GetLease(new LeaseId(1), Patience)));
            RowenException error = await Assert.ThrowsAsync<RowenException>(() => client.GetLeasesAsync(TestContext.Current.CancellationToken));
            Assert.Equal(ErrorCode.NotAuthenticated, error.Code);
            Assert.DoesNotContain(wrong.Token!, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Silent_listener_is_given_up_in_time()
    {
        string path = Path.Combine(_folder, "silent.sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var cluster = new ClusterFile { Address = $"unix:{path}" };
        using var connection = new ManagerConnection(cluster);
        using var client = new ManagerClient(cluster, new ManagerClientOptions { RequestTimeout = TimeSpan.FromMilliseconds(300) });

        RowenException blocking = Assert.Throws<RowenException>(() => connection.GetLease(new LeaseId(1), TimeSpan.FromMilliseconds(300)));
        RowenException waiting = await Assert.ThrowsAsync<RowenException>(() => client.GetNodesAsync(TestContext.Current.CancellationToken));

        Assert.Equal(ErrorCode.ManagerUnreachable, blocking.Code);
        Assert.Contains("did not answer within 0.3 s", blocking.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.ManagerUnreachable, waiting.Code);
        Assert.Contains("did not answer within 0.3 s", waiting.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Whoever_answers_in_another_language_is_no_manager()
    {
        string path = Path.Combine(_folder, "other.sock");
        Task answering = AnswerAsync(path, "SSH-2.0-OpenSSH_9\r\n\r\n", connections: 2); // listens when it returns
        var cluster = new ClusterFile { Address = $"unix:{path}" };
        using var connection = new ManagerConnection(cluster);
        using var client = new ManagerClient(cluster);

        Assert.Equal(ErrorCode.MalformedMessage, Refusal(() => connection.GetLease(new LeaseId(1), Patience)));
        RowenException error = await Assert.ThrowsAsync<RowenException>(() => client.GetNodesAsync(TestContext.Current.CancellationToken));

        Assert.Equal(ErrorCode.MalformedMessage, error.Code);
        await answering.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    private static async Task AnswerAsync(string path, string text, int connections)
    {
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        server.Bind(new UnixDomainSocketEndPoint(path));
        server.Listen();
        for (int i = 0; i < connections; i++)
        {
            using Socket peer = await server.AcceptAsync();
            byte[] request = new byte[4_096];
            await peer.ReceiveAsync(request);
            await peer.SendAsync(System.Text.Encoding.Latin1.GetBytes(text));
        }
    }

    private static ErrorCode Refusal(Action act) => Assert.Throws<RowenException>(act).Code;
}
