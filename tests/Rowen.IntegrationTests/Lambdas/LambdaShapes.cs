#pragma warning disable CA1859, CA1861, CA1814 // programs are written like this
using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Rowen.IntegrationTests.Lambdas;

/// <summary>Shapes of lambdas as programs have them: what they capture, and how it is reached.</summary>
internal static class LambdaShapes
{
    private const int Constant = 7;

    public static IReadOnlyList<LambdaShape> All { get; } =
        [.. Plain(), .. Scopes(), .. Collections(), .. Types(), .. Calls(), .. Objects(), .. Asynchronous(), .. new Surroundings().Shapes()];

    private static IEnumerable<LambdaShape> Plain()
    {
        int number = 40;
        string text = "Åse\uD83D\uDE00";
        double? maybe = 2.5;
        double? nothing = null;
        decimal amount = 12.50m;
        DayOfWeek day = DayOfWeek.Friday;
        var point = new Point(1, 2);
        (string Name, int Age) tuple = ("Ada", 36);
        Tuple<string, int[]> old = Tuple.Create("x", new[] { 1, 2 });
        var anonymous = new { Left = "l", Right = new[] { 3, 4 } };
        DateTime moment = new(2026, 11, 21, 9, 26, 53, DateTimeKind.Utc);
        object boxed = 5L;
        BigInteger big = BigInteger.Pow(3, 100);
        Guid id = Guid.Parse("3f2504e0-4f89-11d3-9a0c-0305e82c3301");
        yield return new("captures nothing", x => $"{x + 1}");
        yield return new("static lambda", static x => $"{x * Constant}");
        yield return new("number", x => $"{x + number}");
        yield return new("string", x => text + x);
        yield return new("nullable", x => $"{maybe + x}, {nothing is null}");
        yield return new("decimal and enum", x => string.Create(CultureInfo.InvariantCulture, $"{amount * x} on {day}"));
        yield return new("record struct", x => $"{point with { X = x }}");
        yield return new("tuples", x => $"{tuple.Name} {tuple.Age + x} {old.Item1} {old.Item2[1]}");
        yield return new("anonymous type", x => $"{anonymous.Left}{anonymous.Right[1]}{x}");
        yield return new("moment and its parts", x => moment.AddHours(x).ToString("O", CultureInfo.InvariantCulture));
        yield return new("boxed value", x => $"{(long)boxed + x}");
        yield return new("big integer and guid", x => $"{big + x} {id}");
    }

    private static IEnumerable<LambdaShape> Scopes()
    {
        int outer = 10;
        using var client = new HttpClient();
        Func<Task<string>> never = () => client.GetStringAsync(new Uri("http://localhost"));
        for (int i = 0; i < 2; i++)
        {
            int inner = i;
            yield return new($"neighbor of a client that another lambda captures, round {i}", x => $"{x + outer + inner}");
        }

        Assert.NotNull(never);
        Func<int, int> twice = y => y * 2;
        Func<int, int> both = y => twice(y) + outer;
        yield return new("lambda that captures lambdas", x => $"{both(x)}");
        yield return new("lambda that returns a lambda", x => $"{Adder(x)(outer)}");
        yield return new("local function", x => $"{Local(x)}");
        yield return new("local function that calls itself", x => $"{Factorial(x)}");
        yield return new("variable that it changes", x =>
        {
            outer += x;
            return $"{outer}";
        });

        int Local(int y) => y + outer;
        static long Factorial(int n) => n < 2 ? 1 : n * Factorial(n - 1);
        static Func<int, int> Adder(int a) => b => a + b;
    }

    private static IEnumerable<LambdaShape> Collections()
    {
        int[] array = [3, 1, 2];
        int[,] matrix = { { 1, 2 }, { 3, 4 } };
        string[][] jagged = [["a"], ["b", "c"], null!];
        List<string> list = ["one", "two"];
        var dictionary = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["One"] = 1, ["Two"] = 2 };
        var nested = new Dictionary<Point, List<int>> { [new Point(1, 2)] = [5, 6] };
        HashSet<string> set = ["x", "y"];
        var sorted = new SortedDictionary<string, int>(Comparer<string>.Create((a, b) => string.CompareOrdinal(b, a))) { ["a"] = 1, ["b"] = 2 };
        var sortedSet = new SortedSet<int> { 3, 1, 2 };
        var sortedList = new SortedList<int, string> { [2] = "b", [1] = "a" };
        var queue = new Queue<int>([1, 2]);
        var stack = new Stack<int>([1, 2]);
        var linked = new LinkedList<int>([7, 8]);
        var priority = new PriorityQueue<string, int>([("late", 2), ("early", 1)]);
        ImmutableArray<int> immutable = [1, 2, 3];
        ImmutableList<string> immutableList = ["p", "q"];
        ImmutableDictionary<string, int> immutableMap = new Dictionary<string, int> { ["k"] = 9 }.ToImmutableDictionary();
        ImmutableHashSet<string> immutableSet = ["m"];
        ImmutableSortedSet<int> immutableSorted = [2, 1];
        var concurrent = new ConcurrentDictionary<string, int>([KeyValuePair.Create("c", 3)]);
        var waiting = new ConcurrentQueue<int>([4, 5]);
        ReadOnlyMemory<byte> memory = new byte[] { 1, 2, 3 }.AsMemory(1);
        IEnumerable<int> query = array.Where(each => each > 1).Select(each => each * 10);
        IEnumerable<int> iterator = CountTo(3);
        IReadOnlyList<int> readOnly = array.AsReadOnly();
        var bits = new BitArray([true, false]);
        yield return new("array", x => $"{array[x % 3]}");
        yield return new("array of two dimensions, and of arrays", x => $"{matrix[1, x % 2]} {jagged[1][1]} {jagged[2] is null}");
        yield return new("list", x => string.Join(",", list) + x);
        yield return new("dictionary with its comparer", x => $"{dictionary["ONE"] + dictionary["two"] + x}");
        yield return new("dictionary whose keys are records", x => $"{nested[new Point(1, 2)][1] + x}");
        yield return new("set of strings, whose hashes differ between processes", x => $"{set.Contains("x")} {set.Contains("z")} {x}");
        yield return new("sorted dictionary whose comparer is a lambda", x => string.Join(",", sorted.Keys) + x);
        yield return new("sorted set and list", x => $"{string.Join(",", sortedSet)} {sortedList[2]} {x}");
        yield return new("queue, stack and linked list", x => $"{queue.Dequeue()} {stack.Pop()} {linked.Last!.Value} {x}");
        yield return new("priority queue", x => $"{priority.Dequeue()} {x}");
        yield return new("immutable collections", x => $"{immutable[2]} {immutableList[1]} {immutableMap["k"]} {immutableSet.Contains("m")} {immutableSorted[0]} {x}");
        yield return new("concurrent collections", x => $"{concurrent["c"]} {(waiting.TryDequeue(out int first) ? first : -1)} {x}");
        yield return new("memory, and bits", x => $"{memory.Span[0] + x} {bits[0]}");
        yield return new("query that has not run yet", x => string.Join(",", query) + x);
        yield return new("iterator that has not run yet", x => string.Join(",", iterator) + x);
        yield return new("read-only list", x => $"{readOnly[0] + x}");
    }

    private static IEnumerable<LambdaShape> Types()
    {
        var pattern = new Regex("(?<n>[0-9]+)", RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1));
        var address = new Uri("https://example.org/a?b=c");
        var culture = CultureInfo.InvariantCulture;
        Encoding encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: true);
        Type type = typeof(Dictionary<string, Point>);
        var text = new StringBuilder("built");
        var version = new Version(1, 2, 3);
        IEqualityComparer<string> comparer = StringComparer.OrdinalIgnoreCase;
        var random = new Random(5);
        yield return new("regular expression", x => pattern.Match($"a{x}b").Groups["n"].Value);
        yield return new("address, version", x => $"{address.Host}{version}{x}");
        yield return new("culture and encoding", x => 1.5.ToString(culture) + encoding.GetPreamble().Length + x);
        yield return new("type", x => $"{type.FullName!.Length > 0} {Activator.CreateInstance(type)!.GetType() == type} {x}");
        yield return new("text that is being built", x => text.Append(x).ToString());
        yield return new("comparer", x => $"{comparer.Equals("A", "a")}{x}");
        yield return new("random numbers go on where they are", x => $"{random.Next(1000) + (x * 0)}");
    }

    private static IEnumerable<LambdaShape> Calls()
    {
        Func<int, string> group = Describe;
        Func<int, string> extension = "abc".At;
        Func<int, string> framework = Convert.ToString;
        var counter = new Counter(5);
        Func<int, string> instance = counter.AddTo;
        Func<int, string> combined = x => "first";
        combined += x => $"last {x}";
        yield return new("method group", group);
        yield return new("method group of an extension", extension);
        yield return new("method group of the framework", framework);
        yield return new("method group of an object", instance);
        yield return new("delegate of several methods", combined);
        yield return new("generic method", x => Generic<string>.Show(x, "tail"));
        yield return new("generic closure", Generic<List<int>>.Closure([1, 2, 3]));
        yield return new("recursion through a variable", Recursion());
        yield return new("method of another class", x => Counter.Describe(x, new Counter(3)));
        yield return new("interface with a default member", x => ((IShape)new Square(x)).Twice());
    }

    private static IEnumerable<LambdaShape> Objects()
    {
        var node = new Node("a");
        node.Next = new Node("b") { Next = node };
        var shared = new Point3(1, 2, 3);
        Point3[] twice = [shared, shared];
        IShape shape = new Square(4);
        object hidden = new Config("secret", 3, []);
        var config = new Config("name", 8, ["t"]);
        var tree = new Tree<string>("root", [new Tree<string>("leaf", [])]);
        Base derived = new Derived();
        var chain = Chain(20_000);
        yield return new("graph with a cycle", x => $"{node.Next.Next == node} {node.Next.Name} {x}");
        yield return new("object that is shared", x => $"{ReferenceEquals(twice[0], twice[1])} {twice[0].Z + x}");
        yield return new("object behind an interface", x => $"{shape.Area() + x}");
        yield return new("object behind object, given to reflection", x => JsonSerializer.Serialize(hidden) + x);
        yield return new("object given to reflection", x => JsonSerializer.Serialize(config) + x);
        yield return new("record compared and copied", x => $"{config with { Size = x }} {config == (config with { Size = 8 })}");
        yield return new("generic tree", x => tree.Children[0].Value + x);
        yield return new("overridden method that reads a field of its own", x => $"{derived.Value() + x}");
        yield return new("long chain", x => $"{Length(chain) + x}");
    }

    private static IEnumerable<LambdaShape> Asynchronous()
    {
        int delay = 1;
        yield return new("asynchronous method in it", x => WaitAsync(x).GetAwaiter().GetResult());
        yield return new("iterator in it", x => string.Join("", CountTo(x + delay)));
        yield return new("parallel loop in it", x =>
        {
            int sum = 0;
            Parallel.For(0, 10, i => Interlocked.Add(ref sum, i + delay));
            return $"{sum + x}";
        });
        yield return new("try, catch and finally", x =>
        {
            string trace = string.Empty;
            try
            {
                return $"{10 / (x - x + delay - 1)}";
            }
            catch (DivideByZeroException exception) when (delay == 1)
            {
                trace = exception.GetType().Name;
            }
            finally
            {
                trace += "!";
            }

            return trace;
        });
        yield return new("switch and pattern", x => (x + delay) switch
        {
            < 0 => "negative",
            0 => "zero",
            > 0 and < 10 => "small",
            _ => "large",
        });

        async Task<string> WaitAsync(int x)
        {
            await Task.Delay(delay);
            return $"waited {x + delay}";
        }
    }

    private static string Describe(int x) => $"<{x}>";

    private static IEnumerable<int> CountTo(int count)
    {
        for (int i = 1; i <= count; i++)
        {
            yield return i;
        }
    }

    private static Func<int, string> Recursion()
    {
        Func<int, int> fibonacci = null!;
        fibonacci = n => n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
        return x => $"{fibonacci(x)}";
    }

    private static Node Chain(int length)
    {
        var first = new Node("0");
        for (int i = 1; i < length; i++)
        {
            first = new Node("n") { Next = first };
        }

        return first;
    }

    private static int Length(Node node)
    {
        int length = 0;
        for (Node? each = node; each is not null; each = each.Next)
        {
            length++;
        }

        return length;
    }
}
