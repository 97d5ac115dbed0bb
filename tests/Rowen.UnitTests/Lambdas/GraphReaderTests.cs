using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Rowen.Executor.CodePackages;
using Rowen.Executor.Lambdas;
using Rowen.Lambdas;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Lambdas;

namespace Rowen.UnitTests.Lambdas;

/// <summary>What executors make of captured graphs, from whole ones to hostile ones.</summary>
public sealed class GraphReaderTests
{
    private static readonly CodePackageContext Own = new(AppContext.BaseDirectory);

    [Fact]
    public void Copy_gives_what_the_original_gives_and_shares_nothing_with_it()
    {
        List<int> numbers = [1, 2];
        Func<int, int> original = x =>
        {
            numbers.Add(x);
            return numbers.Sum();
        };

        var copy = (Func<int, int>)GraphReader.Read(GraphOf(original), Own);

        Assert.Equal((13, 23), (copy(10), copy(10)));
        Assert.Equal([1, 2], numbers);
    }

    [Fact]
    public void Finalizers_of_copies_do_not_run()
    {
        Finalized.Count = 0;
        MakeCopiesOfFinalized();

        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.Equal(0, Finalized.Count);
    }

    [Fact]
    public void Every_cut_of_a_graph_is_refused()
    {
        byte[] graph = GraphOf(Rich());

        for (int length = 0; length < graph.Length; length++)
        {
            Assert.Throws<RowenException>(() => GraphReader.Read(graph[..length], Own));
        }
    }

    [Fact]
    public void Damaged_graphs_are_refused_or_mean_something_else_and_nothing_worse()
    {
        byte[] graph = GraphOf(Rich());
        var random = new Random(7);
        for (int i = 0; i < 3_000; i++)
        {
            byte[] damaged = [.. graph];
            damaged[random.Next(graph.Length)] = (byte)random.Next(256);
            try
            {
                Assert.NotNull(GraphReader.Read(damaged, Own));
            }
            catch (RowenException)
            {
                // As it should.
            }
        }
    }

    [Fact]
    public void Code_that_was_built_again_is_refused()
    {
        byte[] graph = GraphOf(Rich());
        byte[] version = typeof(GraphReaderTests).Module.ModuleVersionId.ToByteArray();
        graph[graph.AsSpan().IndexOf(version)] ^= 1;

        RowenException error = Assert.Throws<RowenException>(() => GraphReader.Read(graph, Own));

        Assert.Contains("it was built again since", error.Message, StringComparison.Ordinal);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    [SuppressMessage("Usage", "CA1816", Justification = "The original must not be counted.")]
    private static void MakeCopiesOfFinalized()
    {
        var original = new Finalized();
        Func<int> read = () => original.Number;
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(5, ((Func<int>)GraphReader.Read(GraphOf(read), Own))());
        }

        GC.SuppressFinalize(original);
    }

    private static Func<string, string> Rich()
    {
        var map = new Dictionary<string, int[]> { ["a"] = [1, 2] };
        (string Name, double? Size) pair = ("b", 1.5);
        Func<int, int> inner = x => x + map.Count;
        return text => $"{text}{pair.Name}{pair.Size}{inner(map["a"][0])}";
    }

    private static byte[] GraphOf(Delegate lambda) =>
        ControlMessage.TryRead(CapturedLambda.Of(lambda).Bind(default), out LambdaBinding binding) ? binding.Graph : [];
}
