#pragma warning disable SA1402, MA0048, CA1852 // small types of the shapes, side by side
namespace Rowen.IntegrationTests.Lambdas;

internal interface IShape
{
    public double Area();

    public string Twice() => $"{2 * Area()}";
}

internal readonly record struct Point(int X, int Y);

internal sealed record Point3(int X, int Y, int Z);

internal sealed record Config(string Name, int Size, string[] Tags);

internal sealed record Square(double Side) : IShape
{
    public double Area() => Side * Side;
}

internal sealed record Tree<T>(T Value, IReadOnlyList<Tree<T>> Children);

internal sealed class Node(string name)
{
    public string Name { get; } = name;

    public Node? Next { get; set; }
}

internal sealed class Counter(int start)
{
    public string AddTo(int x) => $"{start + x}";

    public static string Describe(int x, Counter counter) => counter.AddTo(x);
}

internal abstract class Base
{
    public virtual int Value() => 1;
}

internal sealed class Derived : Base
{
    private readonly int _value = 42;

    public override int Value() => _value + base.Value();
}

internal static class Generic<T>
{
    public static string Show(int x, T tail) => $"{x}{tail}{typeof(T).Name}";

    public static Func<int, string> Closure(T captured) => x => $"{typeof(T).Name} {(captured as List<int>)?.Count} {x}";
}

internal static class ShapeExtensions
{
    public static string At(this string text, int index) => text[index % text.Length].ToString();
}

/// <summary>An object with a client and a lock, whose lambdas read only a number of it.</summary>
internal sealed class Surroundings : IDisposable
{
    private readonly HttpClient _client = new();
    private readonly Lock _lock = new();
    private readonly int _threshold = 3;

    public string Prefix { get; } = "p";

    private static int Offset { get; } = 100;

    public IEnumerable<LambdaShape> Shapes()
    {
        yield return new("field of an object that holds a client", x => $"{x > _threshold}");
        yield return new("property and method of it", x => $"{Prefix}{Above(x)}");
        yield return new("its method as a group", DescribeThreshold);
        yield return new("asynchronous method of it", x => AboveAsync(x).Result.ToString());
        yield return new("its iterator", x => string.Join(",", Numbers().Select(each => each + x)));
        yield return new("static property", x => $"{x + Offset}");
    }

    public void Dispose() => _client.Dispose();

    public void NotCalled()
    {
        lock (_lock)
        {
            _client.CancelPendingRequests();
        }
    }

    private bool Above(int x) => x > _threshold;

    private string DescribeThreshold(int x) => $"{x}/{_threshold}";

    private async Task<bool> AboveAsync(int x)
    {
        await Task.Yield();
        return Above(x);
    }

    private IEnumerable<int> Numbers()
    {
        yield return _threshold;
        yield return _threshold + 1;
    }
}
