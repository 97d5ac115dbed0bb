using System.Buffers;
using System.Security.Cryptography;
using Rowen.Functions;
using Rowen.Protocol.Errors;

namespace Rowen.IntegrationTests.Invocations;

/// <summary>Payloads and results of every size, over every provider.</summary>
public sealed class PayloadTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>
{
    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    [InlineData("ofi")]
    public async Task Bytes_come_back_unchanged_whatever_their_size(string provider)
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Provider = provider, SlotBytes = 4096 });
        Function echo = lease.Function("Echo");
        Assert.Equal(provider, lease.Provider);
        foreach (int size in new[] { 0, 1, 16, 17, 4095, 4096, 4097, 65_536, 1 << 20, 33 << 20, 5 })
        {
            byte[] input = RandomNumberGenerator.GetBytes(size);
            byte[] output = new byte[size];

            InvocationResult synchronous = echo.Invoke(input, output, cancellationToken: Bound);
            synchronous.ThrowIfFailed();
            Assert.Equal(size, synchronous.OutputBytes);
            Assert.True(input.AsSpan().SequenceEqual(output), $"{size} bytes came back changed");

            output.AsSpan().Clear();
            InvocationResult asynchronous = await echo.InvokeAsync(input, output, cancellationToken: Bound);
            asynchronous.ThrowIfFailed();
            Assert.True(input.AsSpan().SequenceEqual(output), $"{size} bytes came back changed");
        }
    }

    [Theory(Timeout = 120_000)]
    [InlineData("shm")]
    [InlineData("tcp")]
    [InlineData("ofi")]
    public async Task Result_may_be_larger_than_the_slot_and_than_the_input(string provider)
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { Provider = provider, SlotBytes = 4096 });

        byte[] filled = await lease.Function<int, byte[]>("Fill").InvokeAsync(3_000_000, cancellationToken: Bound);

        Assert.Equal(3_000_000, filled.Length);
    }

    [Fact(Timeout = 120_000)]
    public async Task Result_beyond_the_callers_output_is_an_error_that_says_how_much_is_needed()
    {
        await using Lease lease = await cluster.LeaseAsync();

        InvocationResult result = lease.Function("Fill").Invoke(BitConverter.GetBytes(100_000), new byte[10], cancellationToken: Bound);

        Assert.Equal(ErrorCode.ResultTooLarge, result.Error);
        Assert.Contains("100000", result.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task More_than_four_gibibytes_reach_a_native_function_and_no_other()
    {
        const int piece = 64 << 20;
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { MemoryBytes = 6L << 30 });
        byte[] bytes = new byte[piece];
        bytes.AsSpan().Fill(1);
        ReadOnlySequence<byte> input = Repeat(bytes, count: (int)((4L << 30) / piece) + 1);
        byte[] output = new byte[16];

        InvocationResult native = await lease.Function("native_checksum").InvokeAsync(input, output, cancellationToken: Bound);
        InvocationResult dotnet = await lease.Function("Echo").InvokeAsync(input, output, cancellationToken: Bound);

        native.ThrowIfFailed();
        Assert.Equal((4UL << 30) + (64 << 20), BitConverter.ToUInt64(output, 8));
        Assert.Equal(ErrorCode.InputTooLarge, dotnet.Error);
        Assert.Equal(InvocationOutcome.NotExecuted, dotnet.Outcome);
    }

    [Fact(Timeout = 120_000)]
    public async Task Input_beyond_the_leases_memory_is_refused_and_the_lease_lives_on()
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { MemoryBytes = 128 << 20 });

        InvocationResult result = await lease.Function("Echo").InvokeAsync(new byte[200 << 20], new byte[10], cancellationToken: Bound);

        Assert.Equal(ErrorCode.InputTooLarge, result.Error);
        Assert.Equal(42, await lease.Function<Nothing, int>("Answer").InvokeAsync(default, cancellationToken: Bound));
    }

    private static ReadOnlySequence<byte> Repeat(byte[] bytes, int count)
    {
        var first = new Segment(bytes, null);
        Segment last = first;
        for (int i = 1; i < count; i++)
        {
            last = new Segment(bytes, last);
        }

        return new ReadOnlySequence<byte>(first, 0, last, bytes.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, Segment? previous)
        {
            Memory = bytes;
            if (previous is not null)
            {
                RunningIndex = previous.RunningIndex + previous.Memory.Length;
                previous.Next = this;
            }
        }
    }
}
