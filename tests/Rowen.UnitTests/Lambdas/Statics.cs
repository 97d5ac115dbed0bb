using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Rowen.UnitTests.Lambdas;

/// <summary>Static state that lambdas read.</summary>
internal static class Statics
{
    public static readonly int Fixed = Environment.ProcessId;

    public static int Counter = 2;

    public static int Unlogged = 4;

    public static int Property { get; set; } = 3;

    public static readonly int[] Array = [1];

    public static readonly List<int> List = [1];

    public static readonly IDictionary<int, int> Table = new Dictionary<int, int>();

    public static readonly Tally Own = new();

    public static readonly Wrapper Wrapped = new([1]);

    public static readonly string Text = Environment.CommandLine;

    public static readonly ImmutableArray<int> Immutable = [1];

    public static readonly FrozenSet<int> Frozen = new[] { 1 }.ToFrozenSet();

    public static readonly IReadOnlyList<int> Read = [1];

    public static readonly Regex Pattern = new("a");

    public static readonly HttpClient Client = new();

    public static readonly Settings Settled = new("a", Fixed) { Limit = 3 };

    public static readonly Func<int, int> Delegate = int.Abs;

    public sealed class Tally
    {
        public int Count { get; set; }
    }

    public readonly record struct Wrapper(int[] Values);

    public sealed record Settings(string Name, int Size)
    {
        public int Limit { get; init; }
    }
}
