using Rowen.Protocol.Errors;
using Rowen.Protocol.Invocations;

namespace Rowen.UnitTests.Protocol;

public sealed class InvocationHeaderTests
{
    private const int SlotBytes = 4096;

    private static readonly InvocationHeader Request = new(
        InvocationKind.Request,
        ErrorCode.None,
        FunctionIndex: 0x04030201,
        InvocationId: 0x1817161514131211,
        PayloadBytes: 0x0102,
        RemoteKey: 0x3837363534333231,
        ResultCapacity: 0x5857565554535251,
        DeadlineMs: 0x64636261);

    [Fact]
    public void Request_has_the_bytes_of_the_table()
    {
        byte[] bytes = new byte[InvocationHeader.SizeBytes];

        Request.Write(bytes);

        Assert.Equal(
            "01010000" + "01020304" + "1112131415161718" + "0201000000000000" + "3132333435363738"
            + "5152535455565758" + "61626364" + "00000000",
            Convert.ToHexString(bytes));
    }

    [Fact]
    public void Reply_carries_its_error_in_the_third_and_fourth_byte()
    {
        byte[] bytes = new byte[InvocationHeader.SizeBytes];

        (Request with { Kind = InvocationKind.Reply, Error = ErrorCode.UnknownFunction }).Write(bytes);

        Assert.Equal("0102CC00", Convert.ToHexString(bytes.AsSpan(0, 4)));
    }

    [Fact]
    public void What_was_written_is_read()
    {
        byte[] bytes = new byte[InvocationHeader.SizeBytes];
        Request.Write(bytes);

        Assert.True(InvocationHeader.TryRead(bytes, SlotBytes, out InvocationHeader header));
        Assert.Equal(Request, header);
    }

    [Theory]
    [InlineData(0, 2, "a newer version")]
    [InlineData(0, 0, "no version")]
    [InlineData(1, 0, "no kind")]
    [InlineData(1, 3, "an unknown kind")]
    public void Header_with_a_wrong_first_byte_is_refused(int offset, byte value, string what)
    {
        byte[] bytes = new byte[InvocationHeader.SizeBytes];
        Request.Write(bytes);
        bytes[offset] = value;

        Assert.False(InvocationHeader.TryRead(bytes, SlotBytes, out _), what);
    }

    [Fact]
    public void Payload_beyond_the_slot_is_refused_unless_it_lies_elsewhere()
    {
        byte[] bytes = new byte[InvocationHeader.SizeBytes];
        (Request with { RemoteKey = 0, PayloadBytes = SlotBytes }).Write(bytes);
        Assert.True(InvocationHeader.TryRead(bytes, SlotBytes, out _));

        (Request with { RemoteKey = 0, PayloadBytes = SlotBytes + 1 }).Write(bytes);
        Assert.False(InvocationHeader.TryRead(bytes, SlotBytes, out _));

        (Request with { RemoteKey = 1, PayloadBytes = ulong.MaxValue }).Write(bytes);
        Assert.True(InvocationHeader.TryRead(bytes, SlotBytes, out _));
    }

    [Fact]
    public void Too_few_bytes_are_refused()
    {
        byte[] bytes = new byte[InvocationHeader.SizeBytes];
        Request.Write(bytes);

        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.False(InvocationHeader.TryRead(bytes.AsSpan(0, length), SlotBytes, out _));
        }
    }

    [Theory]
    [InlineData(20261121)]
    public void Hostile_bytes_never_throw_and_never_promise_more_than_the_slot(int seed)
    {
        var random = new Random(seed);
        byte[] bytes = new byte[InvocationHeader.SizeBytes + 16];
        int accepted = 0;
        for (int i = 0; i < 100_000; i++)
        {
            random.NextBytes(bytes);
            if (random.Next(2) == 0)
            {
                Request.Write(bytes);
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            if (InvocationHeader.TryRead(bytes.AsSpan(0, random.Next(bytes.Length + 1)), SlotBytes, out InvocationHeader header))
            {
                accepted++;
                Assert.True(header.RemoteKey != 0 || header.PayloadBytes <= SlotBytes, $"seed {seed}, input {i}");
            }
        }

        Assert.True(accepted > 1_000, $"seed {seed} exercised too little: {accepted} headers were accepted");
    }
}
