using System.Text;
using Rowen.Protocol;
using Rowen.Protocol.Clusters;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Invocations;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Nodes;
using Rowen.Protocol.Sessions;

namespace Rowen.UnitTests.Protocol;

/// <summary>Every message in JSON: what it says survives the way, and what is not one is refused.</summary>
public sealed class ProtocolJsonTests
{
    private static readonly Dictionary<string, (byte[] Json, Func<byte[], bool> TryRead)> Messages = new()
    {
        ["ErrorAnswer"] = Of(new ErrorAnswer(ErrorCode.QueueFull, "full")),
        ["LeaseAsk"] = Of(new LeaseAsk { Cores = 2, Client = "me" }),
        ["LeaseView"] = Of(new LeaseView { Id = new LeaseId(4), Reason = "waits" }),
        ["ExecutorView"] = Of(new ExecutorView(["unix:@x"], "c2VjcmV0")),
        ["RevokeAsk"] = Of(new RevokeAsk(100, "because")),
        ["NodeJoin"] = Of(new NodeJoin { Name = "n", Serving = [new ServedLease(new LeaseId(1), 2, ["unix:@y"])] }),
        ["NodeWelcome"] = Of(new NodeWelcome(new NodeId(1), 2)),
        ["NodeOrder"] = Of(new NodeOrder { Kind = NodeOrderKind.StartLease, Lease = new LeaseId(9), Secret = "s" }),
        ["NodeReport"] = Of(new NodeReport { Events = [new NodeEvent { Lease = new LeaseId(3), HasEnded = true }] }),
        ["RemoteFault"] = Of(new RemoteFault("T", "m", "s", null)),
        ["ClusterFile"] = Of(new ClusterFile { Address = "unix:/x" }),
    };

    public static TheoryData<string> Names() => [.. Messages.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Message_survives_the_way(string name)
    {
        (byte[] json, Func<byte[], bool> tryRead) = Messages[name];

        Assert.True(tryRead(json), Encoding.UTF8.GetString(json));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Hostile_bytes_are_refused_without_an_exception(string name)
    {
        const int seed = 20261121;
        var random = new Random(seed);
        (byte[] json, Func<byte[], bool> tryRead) = Messages[name];
        int refused = 0;
        for (int i = 0; i < 100_000 / Messages.Count; i++)
        {
            refused += tryRead(Mutate(json, random)) ? 0 : 1;
        }

        Assert.True(refused > 1_000, $"seed {seed} exercised too little: {refused} inputs were refused");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"id\":\"X1\"}")]
    [InlineData("{\"id\":1}")]
    [InlineData("{\"client\":null}")]
    [InlineData("{\"cores\":1e99}")]
    public void What_is_no_lease_is_refused(string json) =>
        Assert.False(ProtocolJson.TryRead(Encoding.UTF8.GetBytes(json), out LeaseView _));

    [Fact]
    public void Deep_nesting_is_refused() =>
        Assert.False(ProtocolJson.TryRead(Encoding.UTF8.GetBytes(new string('[', 100_000)), out LeaseView _));

    [Fact]
    public void Secrets_do_not_show_when_messages_are_printed()
    {
        Assert.DoesNotContain("hush", new ExecutorView(["unix:@x"], "hush").ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hush", new NodeOrder { Secret = "hush" }.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hush", new ExecutorAssignment { Secret = "hush" }.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hush", new ClusterFile { Token = "hush" }.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("77", new LaneEnd([1], 77, 3).ToString(), StringComparison.Ordinal);
    }

    private static (byte[] Json, Func<byte[], bool> TryRead) Of<T>(T message)
        where T : class
    {
        byte[] json = ProtocolJson.Write(message);
        return (json, bytes => ProtocolJson.TryRead(bytes, out T read)
            && (bytes != json || json.AsSpan().SequenceEqual(ProtocolJson.Write(read))));
    }

    private static byte[] Mutate(byte[] json, Random random)
    {
        byte[] bytes = json[..random.Next(1, json.Length + 1)];
        for (int i = random.Next(4); i >= 0; i--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return bytes;
    }
}
