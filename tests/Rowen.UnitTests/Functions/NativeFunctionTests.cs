using Rowen.Executor.Functions;
using Rowen.Protocol.Errors;

namespace Rowen.UnitTests.Functions;

/// <summary>Native functions in this very process: only those that leave it alive.</summary>
public sealed class NativeFunctionTests
{
    [Fact]
    public void Bytes_in_bytes_out()
    {
        using var call = new MemoryCall("hello"u8);

        TestPackage.Function("native_echo").Run(call);

        Assert.Equal("hello"u8, call.Result);
        Assert.Equal("native", TestPackage.Function("native_echo").Kind);
    }

    [Fact]
    public void Call_allocates_nothing()
    {
        using var call = new MemoryCall("hello"u8);
        LoadedFunction echo = TestPackage.Function("native_echo");
        echo.Run(call);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 1000; round++)
        {
            echo.Run(call);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Result_may_fill_its_room_to_the_last_byte()
    {
        using var call = new MemoryCall("12345678"u8, capacity: 8);

        TestPackage.Function("native_echo").Run(call);

        Assert.Equal("12345678"u8, call.Result);
    }

    [Fact]
    public void One_byte_past_the_end_is_seen()
    {
        RowenException error = Refusal("native_overrun_by_one", [], capacity: 8);

        Assert.Equal(ErrorCode.OutputOverrun, error.Code);
        Assert.Equal("'native_overrun_by_one' wrote past the end of its output, which had room for 8 bytes.", error.Message);
    }

    [Fact]
    public void Number_other_than_zero_is_a_failure_with_that_number()
    {
        RowenException error = Refusal("native_returns_seven", [], capacity: 8);

        Assert.Equal(ErrorCode.FunctionFailed, error.Code);
        Assert.Equal("'native_returns_seven' returned 7.", error.Message);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(100)]
    public void Function_in_two_parts_writes_a_result_of_its_own_length(int length)
    {
        byte[] input = [.. Enumerable.Range(0, length).Select(index => (byte)index)];
        using var call = new MemoryCall(input, capacity: 4096, slotBytes: 8);

        TestPackage.Function("native_twice").Run(call);

        Assert.Equal([.. input, .. input], call.Result);
    }

    [Fact]
    public void Function_in_two_parts_is_bound_by_its_caller_too()
    {
        using var call = new MemoryCall("12345678"u8, capacity: 10, slotBytes: 8);

        RowenException error = Assert.Throws<RowenException>(() => TestPackage.Function("native_twice").Run(call));

        Assert.Equal(ErrorCode.ResultTooLarge, error.Code);
        Assert.Contains("needs room for 16 bytes, the caller gave 10", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native_needs_more", "needs room for 1008 bytes, the caller gave 8")]
    [InlineData("native_echo", "needs room for 9 bytes, the caller gave 8")]
    public void Result_that_needs_more_room_says_how_much(string name, string why)
    {
        RowenException error = Refusal(name, "123456789"u8, capacity: 8);

        Assert.Equal(ErrorCode.ResultTooLarge, error.Code);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    private static RowenException Refusal(string name, ReadOnlySpan<byte> input, int capacity)
    {
        using var call = new MemoryCall(input, capacity);
        return Assert.Throws<RowenException>(() => TestPackage.Function(name).Run(call));
    }
}
