using Rowen.Cli.Runs;
using Rowen.Commands;
using Rowen.UnitTests.CodePackages;

namespace Rowen.UnitTests.Cli.Runs;

public sealed class ItemSourceTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("1-3", "1 2 3")]
    [InlineData("0-10:5", "0 5 10")]
    [InlineData("1-9:5,4,7-8", "1 6 4 7 8")]
    [InlineData("7", "7")]
    [InlineData("-2-1,-7--6", "-2 -1 0 1 -7 -6")]
    [InlineData("9223372036854775806-9223372036854775807", "9223372036854775806 9223372036854775807")]
    public void Array_gives_its_numbers_and_knows_how_many(string range, string expected)
    {
        ItemSource source = ItemSource.OfArray(range);

        Assert.Equal(expected.Split(' '), source.Items.Select(item => item.Text));
        Assert.Equal(expected.Split(' ').Length, source.Count);
        Assert.Equal(Enumerable.Range(0, expected.Split(' ').Length).Select(i => (long)i), source.Items.Select(item => item.Index));
    }

    [Theory]
    [InlineData("")]
    [InlineData("3-1")]
    [InlineData("1-2:0")]
    [InlineData("a")]
    [InlineData("1--2")]
    [InlineData("1-2-3")]
    public void What_is_no_range_is_refused(string range) =>
        Assert.Contains("ranges look like", Assert.Throws<FormatException>(() => ItemSource.OfArray(range)).Message, StringComparison.Ordinal);

    [Fact]
    public void Lines_lose_their_ends_only()
    {
        _folder.Write("lines", "one two\r\n\n  three\nlast");

        ItemSource source = ItemSource.OfLines(System.IO.Path.Combine(_folder.Path, "lines"));

        Assert.Equal(["one two", "", "  three", "last"], source.Items.Select(item => item.Text));
        Assert.Null(source.Count);
    }

    [Theory]
    [InlineData("""[{"x": 1.50, "s": "a b"}, {"x": 2, "s": ""}]""")]
    [InlineData("{\"x\": 1.50, \"s\": \"a b\"}\n{\"x\": 2, \"s\": \"\"}\n")]
    public void Fields_of_objects_are_values_as_they_were_written(string json)
    {
        _folder.Write("items", json);

        ItemSource source = ItemSource.OfJson(System.IO.Path.Combine(_folder.Path, "items"));

        Assert.Equal(["1.50", "2"], source.Items.Select(item => item.Get("x")));
        Assert.Equal(["a b", ""], source.Items.Select(item => item.Get("s")));
        Assert.Equal(2, source.Count);
    }

    [Fact]
    public void Plain_values_are_items()
    {
        _folder.Write("items", """["a", 2, true]""");

        Assert.Equal(["a", "2", "true"], ItemSource.OfJson(System.IO.Path.Combine(_folder.Path, "items")).Items.Select(item => item.Text));
    }

    [Fact]
    public void Broken_json_is_refused()
    {
        _folder.Write("items", """[1, """);

        Assert.Throws<FormatException>(() => ItemSource.OfJson(System.IO.Path.Combine(_folder.Path, "items")));
    }

    [Fact]
    public void Commands_are_shown_as_a_shell_would_take_them() =>
        Assert.Equal("echo 'a b' '' 'it'\\''s' plain-1.txt", ShellText.Of(["echo", "a b", "", "it's", "plain-1.txt"]));

    [Fact]
    public void Items_reach_a_script_as_variables_and_never_as_its_text()
    {
        _folder.Write("items", """[{"x": "$(rm -rf /)"}]""");
        var plan = new RunPlan(
            new CommandPlan { Arguments = ["echo", "\"$item_x\""], IsShell = true },
            ItemSource.OfJson(System.IO.Path.Combine(_folder.Path, "items")));

        CommandItem command = Assert.Single(plan.Commands);
        Assert.Equal(["/bin/sh", "-c", "echo \"$item_x\""], command.Arguments);
        Assert.Equal("$(rm -rf /)", command.Environment["item_x"]);
    }
}
