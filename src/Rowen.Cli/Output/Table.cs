using Spectre.Console;

namespace Rowen.Cli.Output;

/// <summary>Rows for people: framed on a terminal, plain aligned columns elsewhere, so that grep and awk work.</summary>
internal sealed class Table(params IReadOnlyList<string> columns)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Columns that hold numbers, counted from 0: they are aligned to the right.</summary>
    public IReadOnlyCollection<int> Numbers { get; init; } = [];

    /// <summary>What to say instead of a table without rows.</summary>
    public string WhenEmpty { get; init; } = "nothing";

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write(TextWriter output, bool isTerminal)
    {
        if (_rows.Count == 0)
        {
            output.WriteLine(WhenEmpty);
        }
        else if (isTerminal)
        {
            WriteFramed();
        }
        else
        {
            WritePlain(output);
        }
    }

    private void WriteFramed()
    {
        var table = new Spectre.Console.Table().Border(TableBorder.Rounded);
        for (int column = 0; column < columns.Count; column++)
        {
            var header = new TableColumn(Markup.Escape(columns[column]));
            table.AddColumn(Numbers.Contains(column) ? header.RightAligned() : header);
        }

        foreach (string[] row in _rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        AnsiConsole.Write(table);
    }

    private void WritePlain(TextWriter output)
    {
        int[] widths = [.. columns.Select((name, column) => Math.Max(name.Length, _rows.Max(row => row[column].Length)))];
        foreach (IReadOnlyList<string> row in _rows.Prepend([.. columns]))
        {
            IEnumerable<string> cells = row.Select((cell, column) =>
                Numbers.Contains(column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            output.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }
}
