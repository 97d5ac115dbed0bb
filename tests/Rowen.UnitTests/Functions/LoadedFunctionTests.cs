using Rowen.Executor.Functions;
using Rowen.Functions;
using Rowen.Protocol.Errors;
using Rowen.TestFunctions;

namespace Rowen.UnitTests.Functions;

/// <summary>Functions of the test package, each called as an executor's thread calls it.</summary>
public sealed class LoadedFunctionTests
{
    [Fact]
    public void Bytes_in_bytes_out()
    {
        using var call = new MemoryCall("hello"u8);

        TestPackage.Function("Echo").Run(call);

        Assert.Equal("hello"u8, call.Result);
    }

    [Fact]
    public void Bytes_in_bytes_out_allocates_nothing()
    {
        using var call = new MemoryCall("hello"u8);
        LoadedFunction echo = TestPackage.Function("Echo");
        echo.Run(call);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 1000; round++)
        {
            echo.Run(call);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Unmanaged_types_and_spans_of_them_allocate_nothing()
    {
        using var pair = new MemoryCall(PayloadCodec<Pair>.Encode(new Pair(3, 4)));
        using var values = new MemoryCall(PayloadCodec<double[]>.Encode([1, 2, 3.5]));
        LoadedFunction add = TestPackage.Function("AddPair");
        LoadedFunction sum = TestPackage.Function("SumOfSpan");
        add.Run(pair);
        sum.Run(values);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 1000; round++)
        {
            add.Run(pair);
            sum.Run(values);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(7, PayloadCodec<int>.Decode(pair.Result));
        Assert.Equal(6.5, PayloadCodec<double>.Decode(values.Result));
    }

    [Theory]
    [InlineData("SumOfSpan")]
    [InlineData("SumOfMemory")]
    [InlineData("SumOfArray")]
    [InlineData("SumLater")]
    public void Sequences_of_the_same_elements_are_the_same_to_the_caller(string name)
    {
        Assert.Equal("System.Double[]", TestPackage.Function(name).InputType);
        Assert.Equal(6.5, Run<double[], double>(name, [1, 2, 3.5]));
        Assert.Equal(0, Run<double[], double>(name, []));
    }

    [Fact]
    public void Text_records_and_dictionaries_travel()
    {
        var order = new Order("Åse", [new OrderItem("bolt", 3, 20), new OrderItem("nut", 2, 5)]);

        Assert.Equal("Hello, Wörld!", Run<string, string>("Greet", "Wörld"));
        Assert.Equal(new Receipt(2, 70), Run<Order, Receipt>("Buy", order));
        Assert.Equal(
            new Dictionary<string, int> { ["a"] = 1, ["abc"] = 3 },
            Run<string[], Dictionary<string, int>>("Lengths", ["a", "abc"]));
    }

    [Fact]
    public void Results_that_come_later_are_waited_for()
    {
        Assert.Equal(14, Run<int, int>("TwiceLater", 7));
        Assert.Equal(default, Run<Nothing, Nothing>("DoNothingLater", default));
    }

    [Fact]
    public void No_parameter_and_no_result_are_no_bytes()
    {
        Assert.Equal("nothing", TestPackage.Function("Answer").InputType);
        Assert.Equal("nothing", TestPackage.Function("Forget").OutputType);
        Assert.Equal(42, Run<Nothing, int>("Answer", default));
        Assert.Equal(default, Run<int, Nothing>("Forget", 1));
    }

    [Fact]
    public void Function_has_the_name_that_its_attribute_gives()
    {
        Assert.Equal(-5, Run<int, int>("a name of its own", 5));
        Assert.DoesNotContain("Named", TestPackage.Names);
    }

    [Fact]
    public void Result_of_any_length_is_reserved_and_written()
    {
        byte[] result = Run<int, byte[]>("Fill", 100_000);

        Assert.Equal(100_000, result.Length);
        Assert.Equal((byte)(99_999 & 255), result[^1]);
        Assert.Equal(ErrorCode.ResultTooLarge, Refusal("Fill", PayloadCodec<int>.Encode(2 << 20)).Code);
    }

    [Theory]
    [InlineData("AddPair", 7, "Rowen.TestFunctions.Pair: there are 7 bytes where 8 are needed")]
    [InlineData("SumOfSpan", 12, "System.Double[]: 12 bytes are no multiple of 8")]
    [InlineData("SumOfMemory", 12, "System.Double[]: 12 bytes are no multiple of 8")]
    [InlineData("SumOfArray", 12, "System.Double[]: 12 bytes are no multiple of 8")]
    [InlineData("Buy", 3, "Rowen.TestFunctions.Order: 3 bytes are not its JSON")]
    public void Input_that_is_no_such_value_is_refused_with_type_and_length(string name, int lengthBytes, string why)
    {
        RowenException error = Refusal(name, new byte[lengthBytes]);

        Assert.Equal(ErrorCode.MalformedInput, error.Code);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_function_throws_comes_out_as_it_is()
    {
        using var call = new MemoryCall(PayloadCodec<int>.Encode(9));

        var error = Assert.Throws<InvalidOperationException>(() => TestPackage.Function("Throw").Run(call));
        Assert.Equal("no result for 9", error.Message);
        Assert.IsType<DivideByZeroException>(error.InnerException);
        Assert.Contains("IllBehaved.Throw", error.StackTrace, StringComparison.Ordinal);
        Assert.Equal("no later result for 9", Assert.Throws<InvalidOperationException>(() => TestPackage.Function("ThrowLater").Run(call)).Message);
    }

    [Fact]
    public void Type_that_fails_to_initialize_says_why()
    {
        using var call = new MemoryCall([]);

        var error = Assert.Throws<TypeInitializationException>(() => TestPackage.Function("FailsToInitialize").Run(call));

        Assert.IsType<FormatException>(error.InnerException);
    }

    [Theory]
    [InlineData("ReturnNegativeLength", ErrorCode.FunctionFailed)]
    [InlineData("ReturnTooGreatLength", ErrorCode.ResultTooLarge)]
    public void Length_that_cannot_be_is_refused(string name, ErrorCode code) =>
        Assert.Equal(code, Refusal(name, []).Code);

    [Theory]
    [InlineData("HasTwoParameters", "2 parameters")]
    [InlineData("IsGeneric", "generic")]
    [InlineData("ReturnsSpan", "its result is a ReadOnlySpan")]
    [InlineData("TakesStream", "System.IO.Stream cannot travel")]
    public void Method_that_cannot_be_called_says_why_and_spoils_no_other(string name, string why)
    {
        RowenException error = Refusal(name, "{}"u8);

        Assert.Equal(ErrorCode.WrongSignature, error.Code);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Input_beyond_two_gibibytes_is_refused()
    {
        using var call = new MemoryCall([]);
        call.PretendInputOf(1UL << 32);

        var error = Assert.Throws<RowenException>(() => TestPackage.Function("Echo").Run(call));

        Assert.Equal(ErrorCode.InputTooLarge, error.Code);
    }

    private static TOut Run<TIn, TOut>(string name, TIn input)
    {
        LoadedFunction function = TestPackage.Function(name);
        Assert.Equal(PayloadCodec<TIn>.TypeName, function.InputType);
        Assert.Equal(PayloadCodec<TOut>.TypeName, function.OutputType);
        using var call = new MemoryCall(PayloadCodec<TIn>.Encode(input));
        function.Run(call);
        return PayloadCodec<TOut>.Decode(call.ResultBytes == 0 ? [] : call.Result);
    }

    private static RowenException Refusal(string name, ReadOnlySpan<byte> input)
    {
        using var call = new MemoryCall(input);
        return Assert.Throws<RowenException>(() => TestPackage.Function(name).Run(call));
    }
}
