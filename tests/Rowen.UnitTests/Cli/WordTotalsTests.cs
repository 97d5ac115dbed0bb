using Rowen.Cli.Demo;

namespace Rowen.UnitTests.Cli;

public sealed class WordTotalsTests
{
    [Fact]
    public void Files_add_up_and_equal_counts_come_in_alphabetical_order()
    {
        WordTotals totals = Of(new Dictionary<string, int> { ["b"] = 2, ["c"] = 1 }, new Dictionary<string, int> { ["a"] = 2, ["c"] = 4 }, []);

        Assert.Equal((9, 3, 2), (totals.WordCount, totals.DistinctCount, totals.FileCount));
        Assert.Equal([new WordAnswer("c", 5), new WordAnswer("a", 2)], totals.Top(2));
    }

    [Fact]
    public void Totals_agree_only_word_for_word()
    {
        WordTotals totals = Of(new Dictionary<string, int> { ["a"] = 1, ["b"] = 2 });

        Assert.True(totals.Agrees(Of(new Dictionary<string, int> { ["b"] = 2, ["a"] = 1 })));
        Assert.False(totals.Agrees(Of(new Dictionary<string, int> { ["a"] = 2, ["b"] = 1 })));
        Assert.False(totals.Agrees(Of(new Dictionary<string, int> { ["a"] = 1, ["c"] = 2 })));
        Assert.False(totals.Agrees(Of(new Dictionary<string, int> { ["a"] = 1 }, new Dictionary<string, int> { ["b"] = 2 })));
    }

    [Fact]
    public void File_that_could_not_be_read_makes_a_difference()
    {
        WordTotals totals = Of(new Dictionary<string, int> { ["a"] = 1 });
        totals.AddFailure();

        Assert.False(totals.Agrees(Of(new Dictionary<string, int> { ["a"] = 1 })));
    }

    private static WordTotals Of(params Dictionary<string, int>[] files)
    {
        var totals = new WordTotals();
        Array.ForEach(files, totals.Add);
        return totals;
    }
}
