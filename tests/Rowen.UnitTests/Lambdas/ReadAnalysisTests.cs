using Rowen.Lambdas;

namespace Rowen.UnitTests.Lambdas;

/// <summary>Only what the code reads travels; all of what others may read does.</summary>
public sealed class ReadAnalysisTests
{
    private readonly string _unread = new('u', 1000);
    private readonly int _read = 3;

    private int Property { get; } = 4;

    [Fact]
    public void Variables_of_the_scope_that_nobody_reads_stay_behind()
    {
        string unread = new('x', 1000);
        int read = 1;
        Func<int> other = () => unread.Length;

        int bytes = SizeOf(() => read + 1);

        Assert.Equal(1000, other());
        Assert.InRange(bytes, 1, 999);
    }

    [Fact]
    public void Fields_of_this_that_nobody_reads_stay_behind() => Assert.InRange(SizeOf(() => _read + Property), 1, 999);

    [Fact]
    public void Fields_that_a_called_method_reads_travel() => Assert.InRange(SizeOf(() => Longer().Length), 2000, 4000);

    [Fact]
    public void Object_that_reflection_may_see_travels_whole() => Assert.InRange(SizeOf(() => Equals(this, null)), 2000, 4000);

    [Fact]
    public void What_an_override_reads_travels_though_only_the_base_is_called()
    {
        Shape shape = new Named(new string('n', 1000));

        Assert.InRange(SizeOf(() => shape.Describe()), 2000, 4000);
    }

    [Fact]
    public void What_only_disposal_reads_stays_behind()
    {
        using var holder = new Holder();

        Assert.InRange(SizeOf(() => holder.Number), 1, 999);
    }

    [Fact]
    public void Nothing_stays_behind_where_the_code_cannot_be_followed()
    {
        string other = new('x', 1000);
        int read = -1;
        Func<int> unread = () => other.Length;

        int bytes = SizeOf(() => CallThroughPointer(read));

        Assert.Equal(1000, unread());
        Assert.InRange(bytes, 2000, 4000);
    }

    private static unsafe int CallThroughPointer(int value)
    {
        delegate*<int, int> function = &Math.Abs;
        return function(value);
    }

    private static int SizeOf(Delegate lambda) => CapturedLambda.Of(lambda).Bind(default).Length;

    private string Longer() => _unread + "!";

    private abstract class Shape
    {
        public abstract string Describe();
    }

    private sealed class Named(string name) : Shape
    {
        public override string Describe() => name;
    }

    private sealed class Holder : IDisposable
    {
        private readonly HttpClient _client = new();

        public int Number { get; } = 5;

        public void Dispose() => _client.Dispose();
    }
}
