using System.Reflection;
using Rowen.Lambdas;
using Rowen.Protocol.Errors;

namespace Rowen.UnitTests.Lambdas;

/// <summary>The values of closures, on their way with a call.</summary>
public sealed class ClosureSlotsTests
{
    private static readonly FieldInfo[] Fields = typeof(Closure).GetFields();

    [Fact]
    public void Numbers_and_texts_arrive_as_they_were_sent()
    {
        var closure = new Closure { Number = -7, Text = "seven \ud800", Perhaps = 1.5, Pair = (3, 'x'), Weights = [0.5, -1], Others = [], Points = [(1, 2)] };
        ClosureSlots slots = ClosureSlots.OrNone(Fields)!;
        var first = new Closure();
        var second = new Closure { Text = "before", Perhaps = 1, Weights = [1] };

        slots.Read(slots.Write(closure).Span, first);
        slots.Read(slots.Write(new Closure()).Span, second);

        Assert.Equal((-7, "seven \ud800", 1.5, (3L, 'x')), (first.Number, first.Text, first.Perhaps!.Value, first.Pair));
        Assert.Equal([0.5, -1], first.Weights!);
        Assert.Empty(first.Others!);
        Assert.Equal([(1, 2)], first.Points!);
        Assert.Equal((0, null, (double?)null, null), (second.Number, second.Text, second.Perhaps, second.Weights));
    }

    [Fact]
    public void Fields_that_hold_one_array_hold_one_array_there()
    {
        double[] both = [1, 2];
        ClosureSlots slots = ClosureSlots.OrNone(Fields)!;
        var arrived = new Closure();

        slots.Read(slots.Write(new Closure { Weights = both, Others = both }).Span, arrived);

        Assert.Equal(both, arrived.Weights!);
        Assert.Same(arrived.Weights, arrived.Others);
        Assert.NotSame(both, arrived.Weights);
    }

    [Fact]
    public void Lengths_that_cannot_be_are_refused()
    {
        ClosureSlots slots = ClosureSlots.OrNone([.. Fields.Where(field => field.FieldType == typeof(double[]))])!;
        foreach (int length in (int[])[int.MaxValue, int.MinValue, -3, 1 << 29, 1])
        {
            byte[] values = [.. BitConverter.GetBytes(-1), .. BitConverter.GetBytes(length)];
            Assert.Equal(ErrorCode.MalformedInput, Assert.Throws<RowenException>(() => slots.Read(values, new Closure())).Code);
        }
    }

    [Fact]
    public void Every_other_length_is_refused()
    {
        ClosureSlots slots = ClosureSlots.OrNone(Fields)!;
        byte[] values = [.. slots.Write(new Closure { Text = "text", Weights = [1] }).Span, 0];

        for (int length = 0; length <= values.Length; length++)
        {
            if (length != values.Length - 1)
            {
                Assert.Equal(ErrorCode.MalformedInput, Assert.Throws<RowenException>(() => slots.Read(values.AsSpan(0, length), new Closure())).Code);
            }
        }
    }

    [Fact]
    public void What_holds_references_goes_the_other_way()
    {
        Assert.Null(ClosureSlots.OrNone(typeof(ValueTuple<int, int[][]>).GetFields()));
        Assert.Null(ClosureSlots.OrNone(typeof(ValueTuple<int, string[]>).GetFields()));
        Assert.Null(ClosureSlots.OrNone(typeof(ValueTuple<int, int[,]>).GetFields()));
        Assert.Null(ClosureSlots.OrNone(typeof(ValueTuple<int, List<int>>).GetFields()));
        Assert.Null(ClosureSlots.OrNone([]));
    }

    private sealed class Closure
    {
        public int Number;
        public string? Text;
        public double? Perhaps;
        public (long, char) Pair;
        public double[]? Weights;
        public double[]? Others;
        public (int, int)[]? Points;
    }
}
