using System.Text;
using Rowen.Cli.Output;

namespace Rowen.UnitTests.Cli;

public sealed class LogTailTests
{
    private readonly LogTail _tail = new();

    [Fact]
    public void Each_reading_shows_what_earlier_ones_did_not_have()
    {
        Assert.Equal("one\n", Take("one\n"));
        Assert.Equal("two\n", Take("one\ntwo\n"));
        Assert.Equal(string.Empty, Take("one\ntwo\n"));
    }

    [Fact]
    public void Lines_that_repeat_are_shown_as_often_as_they_were_printed()
    {
        Assert.Equal("tick\ntick\n", Take("tick\ntick\n"));
        Assert.Equal("tick\n", Take("tick\ntick\ntick\n"));
    }

    [Fact]
    public void Log_that_has_dropped_its_beginning_goes_on_where_it_was()
    {
        _ = Take("first line\nsecond line\nthird line\n");

        Assert.Equal("fourth line\n", Take("[dropped]\nsecond line\nthird line\nfourth line\n"));
    }

    [Fact]
    public void Log_that_shares_nothing_with_what_was_seen_is_shown_whole()
    {
        _ = Take("aaaa");

        Assert.Equal("bbbb", Take("bbbb"));
    }

    private string Take(string log) => Encoding.UTF8.GetString(_tail.TakeNew(Encoding.UTF8.GetBytes(log)).Span);
}
