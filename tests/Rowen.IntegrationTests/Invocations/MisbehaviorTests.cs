using Rowen.Functions;
using Rowen.Protocol.Errors;

namespace Rowen.IntegrationTests.Invocations;

/// <summary>Each way in which a function can go wrong has its own error, which names node, lease and log.</summary>
public sealed class MisbehaviorTests(LocalClusterFixture cluster) : IClassFixture<LocalClusterFixture>
{
    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Exception_arrives_with_type_message_stack_and_cause()
    {
        await using Lease lease = await cluster.LeaseAsync();

        InvocationException thrown = await Assert.ThrowsAsync<InvocationException>(
            () => lease.Function<int, int>("Throw").InvokeAsync(3, cancellationToken: Bound).AsTask());

        Assert.Equal(ErrorCode.FunctionFailed, thrown.Code);
        Assert.Equal(InvocationOutcome.Failed, thrown.Outcome);
        Assert.NotNull(thrown.RemoteTypeName);
        Assert.Contains("Throw", thrown.RemoteStackTrace, StringComparison.Ordinal);
        Assert.NotNull(thrown.InnerException);
        Assert.Contains(lease.Id.ToString(), thrown.Message, StringComparison.Ordinal);
        Assert.Equal(42, await lease.Function<Nothing, int>("Answer").InvokeAsync(default, cancellationToken: Bound));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("Exit", 3, ErrorCode.FunctionExitedProcess)]
    [InlineData("OverflowStack", 0, ErrorCode.ExecutorCrashed)]
    public async Task Function_that_ends_the_process_ends_the_lease_with_its_own_reason(string function, int input, ErrorCode expected)
    {
        await using Lease lease = await cluster.LeaseAsync();

        InvocationException thrown = await Assert.ThrowsAsync<InvocationException>(
            () => lease.Function<int, int>(function).InvokeAsync(input, cancellationToken: Bound).AsTask());

        Assert.Equal(InvocationOutcome.Unknown, thrown.Outcome);
        Assert.Contains($"rowen logs {lease.Id}", thrown.Message, StringComparison.Ordinal);
        await EndsWithAsync(lease, expected);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("native_overrun_by_one", ErrorCode.OutputOverrun)]
    [InlineData("native_overrun_at_a_hundred", ErrorCode.ExecutorCrashed)]
    [InlineData("native_overrun_by_a_mebibyte", ErrorCode.ExecutorCrashed)]
    [InlineData("native_abort", ErrorCode.ExecutorCrashed)]
    [InlineData("native_segfault", ErrorCode.ExecutorCrashed)]
    public async Task Native_function_that_breaks_its_process_reaches_nobody_else(string function, ErrorCode expected)
    {
        await using Lease witness = await cluster.LeaseAsync();
        await using Lease lease = await cluster.LeaseAsync();
        byte[] output = new byte[64];

        InvocationResult result = await lease.Function(function).InvokeAsync(new byte[64], output, cancellationToken: Bound);

        Assert.False(result.IsSuccess);
        await EndsWithAsync(lease, expected);
        Assert.Equal(42, await witness.Function<Nothing, int>("Answer").InvokeAsync(default, cancellationToken: Bound));
    }

    [Theory(Timeout = 120_000)]
    [InlineData(64, 64, ErrorCode.ExecutorCrashed)] // the smallest slot
    [InlineData(1_024, 100_000, ErrorCode.OutputOverrun)] // a result that lies beside the slots
    public async Task Byte_that_is_written_behind_an_output_is_noticed_wherever_the_output_lies(int slotBytes, int outputBytes, ErrorCode expected)
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { SlotBytes = slotBytes });

        InvocationResult result = await lease.Function("native_overrun_at_a_hundred").InvokeAsync(new byte[8], new byte[outputBytes], cancellationToken: Bound);

        Assert.False(result.IsSuccess);
        await EndsWithAsync(lease, expected);
    }

    [Fact(Timeout = 120_000)]
    public async Task Memory_beyond_the_lease_is_refused_or_ends_the_executor_and_says_so()
    {
        await using Lease lease = await cluster.LeaseAsync(new LeaseRequest { MemoryBytes = 256 << 20 });

        InvocationException thrown = await Assert.ThrowsAsync<InvocationException>(
            () => lease.Function<Nothing, long>("EatMemory").InvokeAsync(default, cancellationToken: Bound).AsTask());

        Assert.True(
            thrown.Code == ErrorCode.OutOfMemory || thrown.Message.Contains("memory", StringComparison.OrdinalIgnoreCase), thrown.Message);
    }

    [Fact(Timeout = 120_000)]
    public async Task Function_that_never_returns_is_left_at_its_deadline_and_its_executor_is_ended()
    {
        await using Lease lease = await cluster.LeaseAsync();

        InvocationException thrown = await Assert.ThrowsAsync<InvocationException>(
            () => lease.Function<int, int>("Sleep").InvokeAsync(600_000, new InvocationOptions { Deadline = TimeSpan.FromMilliseconds(300) }, Bound).AsTask());

        Assert.Equal(ErrorCode.DeadlineExceeded, thrown.Code);
        Assert.Equal(InvocationOutcome.Unknown, thrown.Outcome);
        await EndsWithAsync(lease, ErrorCode.DeadlineExceeded);
    }

    [Fact(Timeout = 120_000)]
    public async Task Unknown_function_and_wrong_types_are_refused_before_anything_is_sent()
    {
        await using Lease lease = await cluster.LeaseAsync();

        RowenException unknown = Assert.Throws<RowenException>(() => lease.Function("NoSuch"));
        RowenException wrong = Assert.Throws<RowenException>(() => lease.Function<string, int>("Answer2"));
        RowenException types = Assert.Throws<RowenException>(() => lease.Function<string, string>("Sleep"));

        Assert.Equal(ErrorCode.UnknownFunction, unknown.Code);
        Assert.Contains("Echo", unknown.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.UnknownFunction, wrong.Code);
        Assert.Equal(ErrorCode.WrongSignature, types.Code);
    }

    private async Task EndsWithAsync(Lease lease, ErrorCode expected)
    {
        await Faults.Until.TrueAsync(
            async () => (await cluster.Client.LeasesAsync()).Any(view => view.Id == lease.Id && view.EndCode == expected),
            TimeSpan.FromSeconds(30),
            $"{lease.Id} ended with {expected}");
    }
}
