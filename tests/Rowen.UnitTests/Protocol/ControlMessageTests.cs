using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Lambdas;
using Rowen.Protocol.Leases;
using Rowen.Protocol.Sessions;

namespace Rowen.UnitTests.Protocol;

/// <summary>Every message of a control socket: what it says survives the way, its bytes stand, and what is not one is refused.</summary>
public sealed class ControlMessageTests
{
    private static readonly CodePackageId Package = new(new string('a', 64));

    private static readonly Dictionary<string, Message> Messages = new()
    {
        ["ErrorAnswer"] = Of(new ErrorAnswer(ErrorCode.QueueFull, "full")),
        ["ExecutorAssignment"] = Of(new ExecutorAssignment
        {
            Lease = new LeaseId(3),
            Epoch = 4,
            Node = new NodeId(5),
            NodeName = "n",
            Kind = LeaseKind.Memory,
            Cores = [1, 2],
            MemoryBytes = 6,
            SlotCount = 7,
            SlotBytes = 8,
            HotWindowUs = -1,
            Secret = "hush",
            EndsAtNs = 9,
        }),
        ["ExecutorPooled"] = Of(new ExecutorPooled(["unix:@x", "tcp:y"])),
        ["ExecutorRenewal"] = Of(new ExecutorRenewal(7)),
        ["ExecutorEnding"] = Of(new ExecutorEnding(5, ErrorCode.LeaseRevoked, "why")),
        ["ExecutorFailure"] = Of(new ExecutorFailure(ErrorCode.OutputOverrun, "why")),
        ["ExecutorMeter"] = Of(new ExecutorMeter(1, 2, HasRunUserCode: true, 3, 4)),
        ["MemoryTraffic"] = Of(new MemoryTraffic(1, 2)),
        ["PackageQuestion"] = Of(new PackageQuestion(Package)),
        ["PackageAnswer"] = Of(new PackageAnswer(Package, "/folder", null)),
        ["PackageAnswer (error)"] = Of(new PackageAnswer(default, null, new ErrorAnswer(ErrorCode.UnknownPackage, "none"))),
        ["SessionHello"] = Of(new SessionHello(new LeaseId(8), new byte[32], "höst")),
        ["SessionChallenge"] = Of(new SessionChallenge(new byte[32], new byte[32])),
        ["SessionAttach"] = Of(new SessionAttach(new byte[32], ["shm", "tcp"])),
        ["SessionLanes"] = Of(new SessionLanes("shm", "", 4, 64, -1, new byte[32], [new LaneEnd([1], 2, 3), new LaneEnd([], 4, 5)])),
        ["SessionJoin"] = Of(new SessionJoin([new LaneEnd([1], 2, 3)])),
        ["LoadPackage"] = Of(new LoadPackage(1, Package)),
        ["MemoryAsk"] = Of(new MemoryAsk(1, 1L << 40)),
        ["MemoryBlock"] = Of(new MemoryBlock(1, 2, 3, null)),
        ["MemoryBlock (error)"] = Of(new MemoryBlock(1, 0, 0, new ErrorAnswer(ErrorCode.CapacityExhausted, "full"))),
        ["MemoryRelease"] = Of(new MemoryRelease(1, ulong.MaxValue)),
        ["LambdaBinding"] = Of(new LambdaBinding(Package, "Program.Main.lambda#1", [1, 2, 3])),
        ["LambdaRelease"] = Of(new LambdaRelease(7)),
        ["PackageFunctions"] = Of(new PackageFunctions(1, Package, [new FunctionDescription(0, "f", "dotnet", "bytes", "bytes")], null)),
    };

    public static TheoryData<string> Names() => [.. Messages.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Message_survives_the_way(string name) => Assert.Equal(Messages[name].Bytes, Messages[name].ReadAndWrite(Messages[name].Bytes));

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_cut_off_is_refused(string name)
    {
        byte[] bytes = Messages[name].Bytes;

        Assert.All(Enumerable.Range(0, bytes.Length), length => Assert.Null(Messages[name].ReadAndWrite(bytes[..length])));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_has_a_tail_is_refused(string name) => Assert.Null(Messages[name].ReadAndWrite([.. Messages[name].Bytes, 0]));

    [Theory]
    [MemberData(nameof(Names))]
    public void Hostile_bytes_never_throw(string name)
    {
        const int seed = 20261121;
        var random = new Random(seed);
        Message message = Messages[name];
        int refused = 0;
        for (int i = 0; i < 100_000; i++)
        {
            byte[] bytes = Mutate(message.Bytes, random);
            byte[]? again = message.ReadAndWrite(bytes);
            refused += again is null ? 1 : 0;
            Assert.True(again is null || again.AsSpan().SequenceEqual(bytes), $"seed {seed}, input {i} was read as something else");
        }

        Assert.True(refused > 1_000, $"seed {seed} exercised too little: {refused} inputs were refused");
    }

    [Fact]
    public void Lengths_that_lie_take_no_memory()
    {
        byte[] twoBillionAddresses = [0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0];
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.False(ControlMessage.TryRead(twoBillionAddresses, out ExecutorPooled _));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    [Fact]
    public void Golden_hello() => Assert.Equal(
        "2A00000000000000" + "20000000" + new string('1', 64) + "02000000" + "6E31",
        Convert.ToHexString(ControlMessage.Write(new SessionHello(new LeaseId(42), [.. Enumerable.Repeat((byte)0x11, 32)], "n1"))));

    [Fact]
    public void Golden_lanes() => Assert.Equal(
        "03000000" + "73686D" + "00000000" + "04000000" + "00000100" + "FFFFFFFFFFFFFFFF" + "01000000" + "AA"
        + "01000000" + "02000000" + "0102" + "0300000000000000" + "0400000000000000",
        Convert.ToHexString(ControlMessage.Write(new SessionLanes("shm", "", 4, 65_536, -1, [0xAA], [new LaneEnd([1, 2], 3, 4)]))));

    [Fact]
    public void Golden_package_answer() => Assert.Equal(
        "FFFFFFFF" + "FFFFFFFF" + "01" + "9201" + "02000000" + "6E6F",
        Convert.ToHexString(ControlMessage.Write(new PackageAnswer(default, null, new ErrorAnswer((ErrorCode)402, "no")))));

    [Fact]
    public void Golden_memory_ask() => Assert.Equal(
        "07000000" + "0010000001000000", Convert.ToHexString(ControlMessage.Write(new MemoryAsk(7, 0x1_0000_1000))));

    [Fact]
    public void Golden_memory_block() => Assert.Equal(
        "07000000" + "8877665544332211" + "0020000001000000" + "00",
        Convert.ToHexString(ControlMessage.Write(new MemoryBlock(7, 0x1122334455667788, 0x1_0000_2000, Error: null))));

    [Fact]
    public void Golden_memory_block_that_is_refused() => Assert.Equal(
        "07000000" + "0000000000000000" + "0000000000000000" + "01" + "6400" + "02000000" + "6E6F",
        Convert.ToHexString(ControlMessage.Write(new MemoryBlock(7, 0, 0, new ErrorAnswer((ErrorCode)100, "no")))));

    [Fact]
    public void Golden_lambda_binding() => Assert.Equal(
        "FFFFFFFF" + "01000000" + "66" + "02000000" + "0102" + "01",
        Convert.ToHexString(ControlMessage.Write(new LambdaBinding(default, "f", [1, 2], TakesValues: true))));

    [Fact]
    public void Golden_lambda_release() => Assert.Equal("07000000", Convert.ToHexString(ControlMessage.Write(new LambdaRelease(7))));

    [Fact]
    public void Golden_memory_release() => Assert.Equal(
        "08000000" + "8877665544332211", Convert.ToHexString(ControlMessage.Write(new MemoryRelease(8, 0x1122334455667788))));

    [Fact]
    public void Memory_keys_are_not_printed() => Assert.All(
        new object[] { new MemoryBlock(1, 123456789, 3, null), new MemoryRelease(1, 123456789) },
        message => Assert.DoesNotContain("123456789", message.ToString(), StringComparison.Ordinal));

    private static Message Of<T>(T message)
        where T : class, IControlMessage<T> => new(
            ControlMessage.Write(message), bytes => ControlMessage.TryRead(bytes, out T read) ? ControlMessage.Write(read) : null);

    private static byte[] Mutate(byte[] good, Random random)
    {
        byte[] bytes = good[..random.Next(1, good.Length + 1)];
        for (int i = random.Next(4); i >= 0; i--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return bytes;
    }

    private sealed record Message(byte[] Bytes, Func<byte[], byte[]?> ReadAndWrite);
}
