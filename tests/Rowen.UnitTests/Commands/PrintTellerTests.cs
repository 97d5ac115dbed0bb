using System.Text;
using Rowen.Commands;
using Rowen.Executor.Commands;
using Rowen.Testing;

namespace Rowen.UnitTests.Commands;

public sealed class PrintTellerTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<(long At, string Text)> _told = [];
    private readonly PrintTeller _teller;

    public PrintTellerTests() => _teller = new PrintTeller(isError: false, _time);

    [Fact]
    public void Short_commands_are_not_told_of_and_long_ones_a_few_times_a_second()
    {
        _teller.Begin(index: 3);
        Print("a");
        Tell();
        Assert.Empty(_told);

        _time.Advance(TimeSpan.FromSeconds(1));
        Tell();
        Print("b");
        Tell(); // too soon
        _time.Advance(TimeSpan.FromMilliseconds(250));
        Print("c");
        Tell();
        _time.Advance(TimeSpan.FromMilliseconds(250));
        Tell(); // nothing new

        Assert.Equal([(0, "a"), (1, "bc")], _told);
    }

    [Fact]
    public void Of_too_much_the_last_part_is_told_and_where_it_lies()
    {
        _teller.Begin(index: 3);
        _time.Advance(TimeSpan.FromSeconds(2));
        Print(new string('a', 10) + new string('b', CommandPrint.MaxBytes));
        Tell();
        Print(new string('c', CommandPrint.MaxBytes - 1));
        Print("dd");
        _time.Advance(TimeSpan.FromSeconds(1));
        Tell();

        Assert.Equal((10, new string('b', CommandPrint.MaxBytes)), _told[0]);
        Assert.Equal((CommandPrint.MaxBytes + 11, new string('c', CommandPrint.MaxBytes - 2) + "dd"), _told[1]);
    }

    [Fact]
    public void Another_command_begins_anew()
    {
        _teller.Begin(index: 3);
        Print("a");
        _teller.Begin(index: 4);
        _time.Advance(TimeSpan.FromSeconds(1));
        Print("b");
        Tell();

        Assert.Equal([(0, "b")], _told);
    }

    private void Print(string text) => _teller.Add(Encoding.UTF8.GetBytes(text));

    private void Tell() => _teller.TellIfDue(print => _told.Add((print.At, Encoding.UTF8.GetString(print.Bytes.Span))));
}
