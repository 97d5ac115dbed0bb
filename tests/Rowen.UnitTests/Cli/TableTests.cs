using Rowen.Cli.Output;

namespace Rowen.UnitTests.Cli;

public sealed class TableTests
{
    [Fact]
    public void Rows_for_programs_are_aligned_columns_without_frames()
    {
        var table = new Table("lease", "cores") { Numbers = [1] };
        table.Add("L1", "2");
        table.Add("L1000", "16");

        Assert.Equal("lease  cores\nL1         2\nL1000     16\n", Write(table));
    }

    [Fact]
    public void Table_without_rows_says_so_in_words() =>
        Assert.Equal("No lease yet.\n", Write(new Table("lease") { WhenEmpty = "No lease yet." }));

    private static string Write(Table table)
    {
        using var output = new StringWriter { NewLine = "\n" };
        table.Write(output, isTerminal: false);
        return output.ToString();
    }
}
