using System.Text;
using Rowen.Functions;
using Rowen.Protocol.Errors;
using Rowen.TestFunctions;

namespace Rowen.UnitTests.Functions;

public sealed class PayloadCodecTests
{
    private const int Seed = 20_261_121;

    private enum Color : byte
    {
        Green = 7,
    }

    [Fact]
    public void Every_form_comes_back_as_it_was()
    {
        var random = new Random(Seed);
        for (int round = 0; round < 2000; round++)
        {
            int[] ints = [.. Enumerable.Range(0, random.Next(20)).Select(_ => random.Next())];
            string text = RandomText(random);
            AssertSame(random.NextInt64());
            AssertSame(random.NextDouble());
            AssertSame(new Pair(random.Next(), random.Next()));
            AssertSame((random.Next(), (byte)random.Next(256), random.NextDouble()));
            AssertSame(text);
            Assert.Equal(ints, RoundTrip(ints));
            Assert.Equal(ints, RoundTrip(ints.ToList()));
            Assert.Equal(ints, RoundTrip(new ReadOnlyMemory<int>(ints)).ToArray());
            Assert.Equal(ints, RoundTrip(new Memory<int>(ints)).ToArray());
            Assert.Equal([text, text], RoundTrip<string[]>([text, text]));
            AssertSame(new OrderItem(text, random.Next(), random.Next()));
            AssertSame((text, random.Next())); // a tuple with a reference: its fields as JSON
        }
    }

    [Fact]
    public void Bytes_of_each_form_are_these()
    {
        AssertBytes("", default(Nothing));
        AssertBytes("2a000000", 42);
        AssertBytes("07", Color.Green);
        AssertBytes("0100000002000000", new Pair(1, 2));
        AssertBytes("010002000300", (short[])[1, 2, 3]);
        AssertBytes("010203", (byte[])[1, 2, 3]);
        AssertBytes("c3a9", "é");
        AssertBytes("ff", (string)null!);
        AssertBytes(Convert.ToHexStringLower("""{"name":"a","count":1,"cents":2}"""u8), new OrderItem("a", 1, 2));
        AssertBytes(Convert.ToHexStringLower("""[1,"NaN"]"""u8), (object[])[1, double.NaN]);
        AssertBytes(Convert.ToHexStringLower("null"u8), (OrderItem)null!);
    }

    [Fact]
    public void Null_comes_back_where_a_form_has_it()
    {
        Assert.Null(RoundTrip<string>(null!));
        Assert.Null(RoundTrip<OrderItem>(null!));
        Assert.Equal(ErrorCode.MalformedInput, Assert.Throws<RowenException>(() => { PayloadCodec<int[]>.Encode(null!); }).Code);
    }

    [Fact]
    public void Names_are_the_same_whatever_holds_the_elements_and_wherever_it_was_built()
    {
        Assert.Equal("nothing", PayloadCodec<Nothing>.TypeName);
        Assert.Equal("System.Int32", PayloadCodec<int>.TypeName);
        Assert.Equal("Rowen.TestFunctions.Pair", PayloadCodec<Pair>.TypeName);
        Assert.Equal("System.Double[]", PayloadCodec<double[]>.TypeName);
        Assert.Equal("System.Double[]", PayloadCodec<Memory<double>>.TypeName);
        Assert.Equal("System.Double[]", PayloadCodec<ReadOnlyMemory<double>>.TypeName);
        Assert.Equal("System.Double[]", PayloadCodec<List<double>>.TypeName);
        Assert.Equal("System.Double[]", PayloadForms.NameOf(typeof(ReadOnlySpan<double>)));
        Assert.Equal("System.Collections.Generic.List<System.String>", PayloadCodec<List<string>>.TypeName);
        Assert.Equal("System.Int32[][,]", PayloadForms.NameOf(typeof(int[,][])));
        Assert.Equal(
            "System.Collections.Generic.Dictionary<System.String,System.Nullable<System.Int32>>",
            PayloadCodec<Dictionary<string, int?>>.TypeName);
        Assert.Equal(
            "System.Collections.Generic.Dictionary+Enumerator<System.String,System.Int32>",
            PayloadForms.NameOf(typeof(Dictionary<string, int>.Enumerator)));
    }

    [Fact]
    public void Bytes_that_are_no_such_value_are_refused_and_never_crash()
    {
        var random = new Random(Seed);
        byte[] bytes = new byte[64];
        for (int round = 0; round < 100_000; round++)
        {
            random.NextBytes(bytes);
            ReadOnlySpan<byte> payload = bytes.AsSpan(0, random.Next(bytes.Length));
            Decode<int>(payload);
            Decode<Pair>(payload);
            Decode<double[]>(payload);
            Decode<List<Pair>>(payload);
            Decode<string>(payload);
            if (round % 20 == 0) // each is an exception with a stack trace
            {
                Decode<Order>(payload);
                Decode<Dictionary<string, int>>(payload);
            }
        }
    }

    [Fact]
    public void Encoding_and_decoding_unmanaged_values_allocates_nothing()
    {
        var pair = new Pair(1, 2);
        int[] ints = [1, 2, 3];
        int sum = Work(pair, ints);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 1000; round++)
        {
            sum += Work(pair, ints);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(1001 * 14, sum);
    }

    private static int Work(Pair pair, int[] ints) =>
        PayloadCodec<Pair>.Decode(PayloadCodec<Pair>.Encode(pair)).Right + PayloadCodec<int[]>.Encode(ints).Length;

    private static void Decode<T>(ReadOnlySpan<byte> payload)
    {
        try
        {
            _ = PayloadCodec<T>.Decode(payload);
        }
        catch (RowenException error)
        {
            Assert.Equal(ErrorCode.MalformedInput, error.Code);
            Assert.Contains(PayloadCodec<T>.TypeName, error.Message, StringComparison.Ordinal);
        }
    }

    private static void AssertBytes<T>(string hex, T value) => Assert.Equal(hex, Convert.ToHexStringLower(PayloadCodec<T>.Encode(value)));

    private static void AssertSame<T>(T value) => Assert.Equal(value, RoundTrip(value));

    private static T RoundTrip<T>(T value) => PayloadCodec<T>.Decode(PayloadCodec<T>.Encode(value).ToArray());

    private static string RandomText(Random random)
    {
        var text = new StringBuilder();
        for (int count = random.Next(12); count > 0; count--)
        {
            int value = random.Next(0x11_0000);
            text.Append(Rune.IsValid(value) ? new Rune(value).ToString() : "\u0000\"\\");
        }

        return text.ToString();
    }
}
